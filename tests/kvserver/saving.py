#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Saving and loading: what was saved comes back; kill -9 at any moment loses nothing saved
before and leaves one moment's state; a file damaged anywhere is refused with an offset.

Usage: saving.py KVSERVER... [--seed N] [--kills N] [--damages N]
Prints TAP lines; status 1 on a failure.
"""
import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from resp import Broken, Connection, Refused, Server, Tap, frame

FILE = "dump.tarn"


def fill(c, rng, keys):
    """Keys of all kinds, some with an expiry, and graphs that have cycles."""
    for at in range(0, keys, 500):
        batch = []
        for i in range(at, min(at + 500, keys)):
            kind = i % 5
            if kind == 0:
                batch.append(["SET", "s%d" % i, rng.randbytes(rng.randrange(200))])
            elif kind == 1:
                batch.append(["RPUSH", "l%d" % i] + [rng.randbytes(5) for _ in range(i % 9 + 1)])
            elif kind == 2:
                batch.append(["HSET", "h%d" % i] + ["f%d" % j for j in range(2 * (i % 9 + 1))])
            elif kind == 3:
                batch.append(["SADD", "t%d" % i] + ["m%d" % j for j in range(i % 30 + 1)])
            else:
                batch.append(["GRAPH.LINK", "g%d" % i, "g%d" % (i - 5), "g%d" % max(4, i // 2)])
                batch.append(["GRAPH.LINK", "g%d" % (i - 5), "g%d" % i])
            if i % 3 == 0:
                batch.append(["PEXPIREAT", "shlgt"[(0, 2, 1, 3, 4)[kind]] + str(i), 4 * 10**12 + i])
        c.send(b"".join(frame(w) for w in batch))
        for words in batch:
            reply = c.reply()
            if reply[:1] == b"-":
                raise SystemExit("%r: %r" % (words, reply))


def contents(c):
    """All there is, as one value."""
    out = {}
    keys = sorted(c.ask("KEYS", "*"))
    verbs = {b"string": ["GET"], b"list": ["LRANGE"], b"hash": ["HGETALL"], b"set": ["SMEMBERS"]}
    types = ask_all(c, [["TYPE", k] for k in keys])
    times = ask_all(c, [["PEXPIRETIME", k] for k in keys])
    requests = []
    for key, kind in zip(keys, types):
        verb = verbs.get(kind, ["GRAPH.NEIGHBORS"])
        requests.append(verb + [key] + ([0, -1] if kind == b"list" else []))
    for key, kind, when, what in zip(keys, types, times, ask_all(c, requests)):
        if kind == b"hash":
            what = sorted(zip(what[::2], what[1::2]))
        elif kind not in (b"string", b"list"):
            what = sorted(what)
        out[key] = (kind, when, what)
    return out


def ask_all(c, requests):
    from resp import value
    out = []
    for at in range(0, len(requests), 500):
        c.send(b"".join(frame(w) for w in requests[at:at + 500]))
        out += [value(c.reply()) for _ in requests[at:at + 500]]
    return out


def ends(tap, program, rng):
    """Each way to end, and what the next server finds."""
    server = Server(program, "--workers", 4)
    folder = server.folder
    try:
        c = server.connect()
        fill(c, rng, 5000)
        wanted = contents(c)
        tap.equal(server.stop(signal.SIGTERM), 0, "SIGTERM saves and ends with status 0",
                  server.said())
        server = Server(program, "--workers", 2, folder=folder)
        c = server.connect()
        tap.check(contents(c) == wanted, "what it saved comes back: all kinds, expiries, graphs")
        c.ask("SET", "later", "x")
        c.send(frame(["SHUTDOWN", "NOSAVE"]))
        tap.equal((c.rest(), server.process.wait(60)), (b"", 0), "SHUTDOWN NOSAVE ends it")
        server = Server(program, folder=folder)
        c = server.connect()
        tap.equal(c.ask("EXISTS", "later"), 0, "and does not save")
        c.ask("SET", "later", "x")
        c.ask("MSET", *[w for i in range(30000) for w in ("more%d" % i, "x" * 100)])
        c.send(frame(["SHUTDOWN"]))
        tap.equal((c.rest(), server.process.wait(60)), (b"", 0), "SHUTDOWN ends it")
        server = Server(program, folder=folder)
        c = server.connect()
        tap.equal(c.ask("EXISTS", "later"), 1, "and saves")
        background(tap, c)
        server.stop(signal.SIGKILL)
        server = Server(program, folder=folder)
        late = server.connect()
        tap.equal(late.ask("GET", "before"), b"1", "BGSAVE's file is loaded")
        tap.equal([f for f in os.listdir(folder) if "temp" in f], [], "no temporary file is left")
        if os.geteuid() != 0:
            os.chmod(folder, 0o500)
            tap.check(late.call("SAVE")[:4] == b"-ERR", "a folder that cannot be written is said")
            os.chmod(folder, 0o700)
        server.stop(signal.SIGKILL)
    finally:
        server.remove()
        shutil.rmtree(folder, ignore_errors=True)


def background(tap, c):
    c.ask("SET", "before", 1)
    last = c.ask("LASTSAVE")
    time.sleep(1.1)
    said = c.call("BGSAVE")
    tap.check(said in (b"+Background saving started\r\n",), "BGSAVE answers at once", said)
    end = time.time() + 60
    while time.time() < end and c.ask("LASTSAVE") == last:
        c.ask("INCR", "during")
        time.sleep(0.01)
    tap.check(c.ask("LASTSAVE") > last, "LASTSAVE says when it is done")
    figures = dict(line.split(b":", 1) for line in c.ask("INFO", "persistence").split(b"\r\n")
                   if b":" in line)
    copied, shared = (int(figures[n]) for n in (b"rdb_last_cow_size", b"rdb_last_shared_size"))
    print("# the child copied %d KiB and shared %d" % (copied >> 10, shared >> 10))
    tap.check(copied < shared / 2, "the child shares its parent's pages", (copied, shared))


def one_kill(program, folder, rng):
    """Writers number what they write, a saver saves, and all is killed. Returns an error."""
    server = Server(program, "--workers", 2, folder=folder)
    saved = [int(server.connect().ask("GET", "a0") or 0)]
    stop = threading.Event()

    def write(start):
        c = server.connect()
        number = start
        try:
            while not stop.is_set():
                number += 1
                c.ask("MSET", *[w for i in range(20) for w in ("a%d" % i, number)])
        except (Broken, OSError):
            pass

    def save():
        c = server.connect()
        try:
            while not stop.is_set():
                before = int(c.ask("GET", "a0") or 0)
                if rng.random() < 0.5:
                    c.ask("SAVE")
                else:
                    last = saves_done(c)
                    c.call("BGSAVE")
                    while saves_done(c) == last:
                        time.sleep(0.001)
                saved.append(before)
        except (Broken, OSError, Refused):
            pass

    threads = [threading.Thread(target=f, args=a) for f, a in ((write, (saved[0],)), (save, ()))]
    for t in threads:
        t.start()
    time.sleep(0.05 + rng.random() * 0.5)
    server.stop(signal.SIGKILL)
    stop.set()
    for t in threads:
        t.join()
    server = Server(program, folder=folder)
    try:
        c = server.connect()
        found = c.ask("MGET", *["a%d" % i for i in range(20)])
        ballast = c.ask("DBSIZE")
    finally:
        server.stop(signal.SIGKILL)
    if len(set(found)) != 1:
        return "not one moment: %r" % found
    if int(found[0] or 0) < saved[-1]:
        return "saved up to %d, found %r" % (saved[-1], found[0])
    if ballast < 5000:
        return "%d keys left" % ballast
    return None


def saves_done(c):
    for line in c.ask("INFO", "persistence").split(b"\r\n"):
        if line.startswith(b"rdb_saves:"):
            return int(line[10:])
    return c.ask("LASTSAVE")


def kills(tap, program, rng, count):
    folder = tempfile.mkdtemp(prefix="kvtest-")
    try:
        server = Server(program, folder=folder)
        c = server.connect()
        fill(c, rng, 10000)
        c.ask("MSET", *[w for i in range(20) for w in ("a%d" % i, 0)])
        c.ask("SAVE")
        server.stop(signal.SIGKILL)
        errors = [e for e in (one_kill(program, folder, rng) for _ in range(count)) if e]
        tap.equal(errors, [], "killed %d times during saves: nothing saved is lost" % count)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def refused(program, folder):
    """Starts on a damaged file; returns (status, what it said)."""
    done = subprocess.run(list(program) + ["--port", "0", "--unixsocket",
                                           os.path.join(folder, "damaged.sock"), "--dir", folder],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return done.returncode, done.stderr.decode("latin-1")


def check_damage(program, folder, data, what):
    with open(os.path.join(folder, FILE), "wb") as f:
        f.write(data)
    try:
        status, said = refused(program, folder)
    except subprocess.TimeoutExpired:
        return "%s: it serves" % what
    match = re.search(r"damaged at offset (\d+)", said)
    if status != 1 or not match or "ready" in said:
        return "%s: status %s: %s" % (what, status, said[-300:])
    if int(match[1]) > len(data):
        return "%s: the offset %s is behind the end, %d" % (what, match[1], len(data))
    return None


def damages(tap, program, rng, count):
    folder = tempfile.mkdtemp(prefix="kvtest-")
    try:
        for keys, name in ((25, "a small file"), (6000, "a file of many blocks")):
            server = Server(program, folder=folder)
            fill(server.connect(), rng, keys)
            server.stop()
            path = os.path.join(folder, FILE)
            with open(path, "rb") as f:
                data = f.read()
            errors, cases = [], 0
            # The first and last bytes each, then all regions alike.
            places = sorted(set(list(range(16)) + list(range(len(data) - 24, len(data))) + [
                i * len(data) // count + rng.randrange(max(1, len(data) // count))
                for i in range(count)]))
            for at in (p for p in places if p < len(data)):
                flipped = bytearray(data)
                flipped[at] ^= 1 << rng.randrange(8)
                error = check_damage(program, folder, bytes(flipped), "a bit at %d" % at)
                errors += [error] if error else []
                cases += 1
            for at in places[::3]:
                if at < len(data):
                    error = check_damage(program, folder, data[:at], "cut at %d" % at)
                    errors += [error] if error else []
                    cases += 1
            for more in (b"\0", b"TARNKV01", rng.randbytes(100)):
                error = check_damage(program, folder, data + more, "%d bytes more" % len(more))
                errors += [error] if error else []
                cases += 1
            at = len(data) // 2
            for other, what in ((data[:at] + rng.randbytes(64) + data[at + 64:], "64 other bytes"),
                                (data[:at] + data[at + 64:], "64 bytes taken out"),
                                (data[:at] + b"\0" * 64 + data[at:], "64 bytes put in"),
                                (rng.randbytes(1000), "noise")):
                error = check_damage(program, folder, other, what)
                errors += [error] if error else []
                cases += 1
            tap.check(not errors, "%s damaged in %d ways: refused with the offset" % (name, cases),
                      "\n".join(errors[:10]))
            with open(path, "wb") as f:
                f.write(data)
            server = Server(program, folder=folder)
            tap.check(server.stop() == 0, "%s itself is loaded" % name)
            os.unlink(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", nargs="+")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--damages", type=int, default=120)
    options = parser.parse_args()
    print("# seed %d" % options.seed)
    rng = random.Random(options.seed)
    tap = Tap()
    ends(tap, options.program, rng)
    kills(tap, options.program, rng, options.kills)
    damages(tap, options.program, rng, options.damages)
    tap.end()


if __name__ == "__main__":
    main()
