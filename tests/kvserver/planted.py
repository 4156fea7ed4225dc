#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Whether differ.py finds differences: redis-server against itself must show none, and
against itself behind a proxy that falsifies one reply in 100, each of these.

Usage: planted.py   Prints TAP lines; status 1 if one was missed.
"""
import os
import re
import socket
import subprocess
import sys
import threading

from commands import LEFT_OUT, drawn_commands
from resp import Tap, redis_server
from shapes import BY_REQUEST, SHAPES, SUBCOMMANDS

FAULTS = [  # name, what is looked for in what the server sends, what is sent instead
    ("an integer by one", rb":1\r\n", b":2\r\n"),
    ("a letter of an error", rb"-WRONGTYPE Operation", b"-WRONGTYPE operation"),
    ("nil for an empty bulk", rb"\$0\r\n\r\n", b"$-1\r\n"),
    ("an empty array for nil", rb"\$-1\r\n", b"*0\r\n"),
    ("a member of a sorted reply", rb"\$2\r\nf1\r\n", b"$2\r\nf2\r\n"),
    ("a status", rb"\+OK\r\n", b"+ok\r\n"),
    ("a time to live, by an hour", rb":([1-9])([0-9]{4})\r\n", rb":1\1\2\r\n"),
]


class Proxy:
    """Between a client and a server, falsifying every tenth match."""

    def __init__(self, path, to, pattern, replacement):
        self.path, self.to = path, to
        self.pattern, self.replacement = re.compile(pattern), replacement
        self.seen = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(8)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.to)
            for one, other, change in ((client, server, None), (server, client, self.change)):
                threading.Thread(target=self.pump, args=(one, other, change), daemon=True).start()

    def change(self, match):
        self.seen += 1
        return match.expand(self.replacement) if self.seen % 10 == 0 else match[0]

    def pump(self, one, other, change):
        try:
            while True:
                data = one.recv(1 << 16)
                if not data:
                    break
                other.sendall(self.pattern.sub(change, data) if change else data)
        except OSError:
            pass
        for side in (one, other):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def differ(left, right, *options):
    here = os.path.dirname(os.path.abspath(__file__))
    done = subprocess.run([sys.executable, os.path.join(here, "differ.py"), left, right,
                           "--seed", os.environ.get("TARN_SEED", "1"), *options],
                          capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def main():
    tap = Tap()
    server, other = redis_server(), redis_server()
    try:
        status, said = differ(server.path, other.path, "--seconds", "3")
        tap.check(status == 0, "redis-server agrees with redis-server", said)
        for i, (name, pattern, replacement) in enumerate(FAULTS):
            path = os.path.join(server.folder, "proxy%d.sock" % i)
            Proxy(path, server.path, pattern, replacement)
            status, said = differ(path, other.path, "--seconds", "30")
            tap.check(status == 1, "found: " + name, said)
        known = {n.decode() for n in server.connect().ask("COMMAND", "LIST")}
        compared = {n.decode() for n in list(SHAPES) + list(BY_REQUEST)}
        compared |= {n.decode() for n, _ in SUBCOMMANDS}
        unknown = (drawn_commands() | set(LEFT_OUT) | compared) - known
        tap.equal(unknown, set(), "what is drawn and listed is Redis's")
    finally:
        server.remove()
        other.remove()
    tap.end()


if __name__ == "__main__":
    main()
