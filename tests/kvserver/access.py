#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Who may talk to kvserver: passwords, protected mode, addresses.

Usage: access.py KVSERVER...   Prints TAP lines; status 1 on a failure.
"""
import os
import socket
import stat
import subprocess
import sys
import tempfile

from resp import Broken, Connection, Server, Tap, frame, free_port, redis_server

BEFORE = [["GET", "k"], ["SET", "k", "v"], ["PING"], ["nonsense"], ["GET"], ["FLUSHALL"], ["INFO"],
          ["CLIENT", "ID"], ["CONFIG", "GET", "requirepass"], ["SHUTDOWN"], ["HELLO"], ["HELLO", "2"],
          ["COMMAND"], ["AUTH"], ["AUTH", "wrong"], ["AUTH", "default", "wrong"],
          ["AUTH", "other", "secret"], ["AUTH", "a", "b", "c"], ["AUTH", ""],
          ["HELLO", "2", "AUTH", "default", "wrong"], ["AUTH", "secre"], ["AUTH", "secrets"],
          ["AUTH", "secret"], ["GET", "k"], ["AUTH", "wrong"], ["GET", "k"], ["RESET"],
          ["GET", "k"], ["AUTH", "default", "secret"], ["GET", "k"],
          ["CONFIG", "SET", "requirepass", "other"], ["GET", "k"], ["RESET"], ["GET", "k"],
          ["AUTH", "secret"], ["AUTH", "other"], ["CONFIG", "SET", "requirepass", ""],
          ["RESET"], ["GET", "k"], ["AUTH", "other"], ["AUTH", "default", "anything"]]


def passwords(tap, program):
    """The same conversation with both."""
    ours = Server(program, "--requirepass", "secret")
    theirs = redis_server("--requirepass", "secret")
    try:
        a, b = ours.connect(), theirs.connect()
        bad = []
        for words in BEFORE:
            left, right = a.call(*words), b.call(*words)
            if left != right:
                bad.append("%r: kvserver %.200r, redis %.200r" % (words, left, right))
        tap.check(not bad, "passwords: %d replies are Redis's" % len(BEFORE), "\n".join(bad))
        c = ours.connect()
        c.ask("CONFIG", "SET", "requirepass", "third")
        tap.equal(c.ask("PING"), b"PONG", "who is in stays in")
        new = ours.connect()
        tap.equal(new.call("PING"), b"-NOAUTH Authentication required.\r\n", "who comes is not")
        new.ask("AUTH", "third")
        tap.equal(new.ask("PING"), b"PONG", "until it says the word")
        c = ours.connect()
        c.send(frame(["GET", "k"]) + frame(["AUTH", "third"]) + frame(["SET", "k", "v"]) +
               frame(["GET", "k"]))
        tap.equal([c.reply()[:4] for _ in range(4)], [b"-NOA", b"+OK\r", b"+OK\r", b"$1\r\n"],
                  "and in a pipeline from the word on")
        tap.equal(ours.stop(), 0, "the server ends with status 0", ours.said())
    finally:
        ours.remove()
        theirs.remove()


def own_address():
    """An address of this machine that is no loopback one; None: it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))  # sends nothing
            address = s.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address


def from_outside(address, port):
    """What one that comes from that address gets for a PING."""
    try:
        c = Connection((address, port), timeout=5)
    except OSError:
        return None
    try:
        c.send(b"PING\r\n")
    except OSError:
        pass
    try:
        return c.reply()
    except (Broken, OSError):
        return c.data
    finally:
        c.close()


def protected(tap, program):
    address = own_address()
    if not address:
        tap.skip("protected mode: this machine has only loopback addresses")
        return
    port = free_port()
    cases = [((), None, "by default only loopback is listened on"),
             (("--bind", "0.0.0.0"), b"-DENIED", "protected mode refuses those from elsewhere"),
             (("--bind", "0.0.0.0", "--protected-mode", "no"), b"+PONG\r", "unless it is off"),
             (("--bind", "0.0.0.0", "--requirepass", "p"), b"-NOAUTH", "or there is a password")]
    for options, wanted, name in cases:
        server = Server(program, *options, port=port)
        try:
            got = from_outside(address, port)
            inside = from_outside("127.0.0.1", port)
        finally:
            server.stop()
            server.remove()
        word = got[:len(wanted)] if got and wanted else got
        tap.equal(word, wanted, name)
        tap.check(inside and inside[:5] in (b"+PONG", b"-NOAU"), name + ": loopback is let in", inside)
    ours = Server(program, "--bind", "0.0.0.0", port=port)
    other = free_port()
    theirs = redis_server("--bind", "0.0.0.0", "--protected-mode", "yes", port=other)
    try:
        tap.equal(from_outside(address, port), from_outside(address, other),
                  "the refusal has Redis's words")
    finally:
        ours.remove()
        theirs.remove()


def command_line(tap, program):
    def run(*options):
        done = subprocess.run(list(program) + [str(o) for o in options], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60)
        return done.returncode, done.stderr.decode("latin-1"), done.stdout.decode("latin-1")
    for options in (["--nonsense", "1"], ["--port"], ["--port", "x"], ["--port", "65536"],
                    ["--workers", "0"], ["--workers", "65"], ["--maxmemory", "5parsecs"],
                    ["--protected-mode", "maybe"], ["--maxmemory-policy", "volatile-lru"],
                    ["--dbfilename", "a/b"], ["serve"]):
        status, said, _ = run(*options)
        tap.check(status == 2 and said, "status 2 and a reason: " + " ".join(options), (status, said))
    status, _, said = run("--help")
    tap.check(status == 0 and "--maxmemory" in said, "--help lists the options")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        status, said, _ = run("--port", s.getsockname()[1], "--dir", tempfile.gettempdir(),
                              "--dbfilename", "kvtest-none")
        tap.check(status == 1 and "in use" in said, "a port in use is said, status 1", (status, said))


def main():
    tap = Tap()
    program = [w for w in sys.argv[1:] if w != "--"]
    passwords(tap, program)
    protected(tap, program)
    command_line(tap, program)
    tap.end()


if __name__ == "__main__":
    main()
