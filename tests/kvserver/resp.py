# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""What the tests of kvserver share: raw RESP connections, servers, TAP lines."""
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


class Broken(Exception):
    """The other side closed the connection, or what it sent is no RESP."""


def frame(words):
    """A request as clients send it; words are bytes, strings or numbers."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        if not isinstance(word, bytes):
            word = str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)


class Connection:
    """A socket and what has come and was not read yet. Replies are read as raw bytes."""

    def __init__(self, address, timeout=20):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.data = b""
        self.at = 0

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        try:
            some = self.socket.recv(1 << 18)
        except ConnectionResetError:
            some = b""
        if not some:
            raise Broken("closed")
        self.data = self.data[self.at:] + some
        self.at = 0

    def line(self):
        while True:
            end = self.data.find(b"\r\n", self.at)
            if end >= 0:
                text = self.data[self.at:end + 2]
                self.at = end + 2
                return text
            self.more()

    def take(self, length):
        while len(self.data) - self.at < length:
            self.more()
        self.at += length
        return self.data[self.at - length:self.at]

    def reply(self):
        """One reply, raw."""
        head = self.line()
        kind = head[:1]
        if kind in b"+-:" and kind:
            return head
        if kind == b"$":
            length = int(head[1:])
            return head if length < 0 else head + self.take(length + 2)
        if kind == b"*":
            return head + b"".join(self.reply() for _ in range(int(head[1:])))
        raise Broken("no RESP: %r" % head[:80])

    def call(self, *words):
        self.send(frame(words))
        return self.reply()

    def ask(self, *words):
        """The reply as a value: bytes, int, None, list; an error is raised."""
        return value(self.call(*words))

    def rest(self):
        """All that still comes until the other side closes."""
        try:
            while True:
                self.more()
        except (Broken, ConnectionError):
            pass
        text, self.data, self.at = self.data[self.at:], b"", 0
        return text


class Refused(Exception):
    """A reply that is an error."""


def parse(raw, at=0):
    """(value, where the next one begins); errors stay bytes with their '-'."""
    end = raw.index(b"\r\n", at)
    kind, text = raw[at:at + 1], raw[at + 1:end]
    at = end + 2
    if kind == b"+":
        return text, at
    if kind == b"-":
        return b"-" + text, at
    if kind == b":":
        return int(text), at
    length = int(text)
    if length < 0:
        return None, at
    if kind == b"$":
        return raw[at:at + length], at + length + 2
    items = []
    for _ in range(length):
        item, at = parse(raw, at)
        items.append(item)
    return items, at


def value(raw):
    if raw[:1] == b"-":
        raise Refused(raw[1:-2].decode("latin-1"))
    return parse(raw)[0]


# ----------------------------------------------------------------- servers ----

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A kvserver or redis-server in a folder of its own, on a Unix socket and, if a port
    is given, on TCP."""

    def __init__(self, command, *options, port=0, folder=None, name="kvserver", wait=True):
        self.own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="kvtest-")
        self.path = os.path.join(self.folder, name + ".sock")
        self.log = os.path.join(self.folder, name + ".log")
        self.port = port
        line = list(command) + ["--port", str(port), "--unixsocket", self.path,
                                "--dir", self.folder] + [str(o) for o in options]
        with open(self.log, "ab") as log:
            self.start = log.tell()
            self.process = subprocess.Popen(line, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        if wait:
            self.wait()

    def wait(self, seconds=60):
        end = time.time() + seconds
        while time.time() < end:
            try:
                c = Connection(self.path)
                answer = c.call("PING")
                c.close()
                if answer[:5] in (b"+PONG", b"-NOAU"):
                    return
            except (OSError, Broken):
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        text = self.said()
        raise SystemExit("the server did not start:\n" + text[-3000:])

    def said(self):
        with open(self.log, "rb") as log:
            log.seek(self.start)
            return log.read().decode("latin-1")

    def connect(self, **kw):
        return Connection(self.path, **kw)

    def connect_tcp(self, **kw):
        return Connection(("127.0.0.1", self.port), **kw)

    def alive(self):
        return self.process.poll() is None

    def stop(self, number=signal.SIGTERM, seconds=60):
        """Sends the signal and returns the exit status; None: it did not end."""
        if self.alive():
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def remove(self):
        if self.alive():
            self.process.kill()
            self.process.wait()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


REDIS = ["redis-server", "--save", "", "--appendonly", "no", "--databases", "1"]


def redis_server(*options, **kw):
    return Server(REDIS, *options, name="redis", **kw)


# --------------------------------------------------------------------- TAP ----

class Tap:
    """Verdicts as they come; ends the program with the status that they add up to."""

    def __init__(self):
        self.failed = 0
        self.seen = 0

    def check(self, good, name, note=""):
        self.seen += 1
        print(("ok - " if good else "not ok - ") + name, flush=True)
        if not good:
            self.failed += 1
            for text in str(note)[:3000].splitlines():
                print("# " + text)
        return good

    def equal(self, got, wanted, name, note=""):
        return self.check(got == wanted, name,
                          "got    %.600r\nwanted %.600r\n%s" % (got, wanted, note))

    def skip(self, name):
        print("skip - " + name, flush=True)

    def end(self):
        sys.exit(1 if self.failed or not self.seen else 0)
