#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""What clients may do to kvserver: malformed and oversized frames, half-open and slow
connections, very many of them, long pipelines, and memory at its limit.

Usage: limits.py KVSERVER... [--connections N]   (words before the program run it)
Prints TAP lines; status 1 on a failure.
"""
import argparse
import random
import resource
import socket
import time

from resp import Broken, Connection, Refused, Server, Tap, frame, redis_server

BIG = b"x" * 70000
FRAMES = [
    b"*1\r\n$4\r\nPING\r\n", b"PING\r\n", b"ping\n", b"\r\nPING\r\n", b"\n\n\nPING\r\n", b"   \r\nPING\r\n",
    b"*0\r\nPING\r\n", b"*-1\r\nPING\r\n", b"*-100\r\nPING\r\n", b"*1\r\n$0\r\n\r\nPING\r\n",
    b"*abc\r\n", b"*\r\n", b"*1 \r\n", b"* 1\r\n", b"*1x\r\n", b"*9223372036854775808\r\n",
    b"*2147483648\r\n", b"*1048577\r\n", b"*01\r\n", b"*+1\r\n",
    b"*1\r\n+PING\r\n", b"*1\r\nPING\r\n", b"*1\r\n:4\r\nPING\r\n", b"*1\r\n\r\n",
    b"*1\r\n$abc\r\nPING\r\n", b"*1\r\n$\r\nPING\r\n", b"*1\r\n$-1\r\n", b"*1\r\n$536870913\r\n",
    b"*1\r\n$9223372036854775808\r\n", b"*1\r\n$4 \r\nPING\r\n", b"*1\r\n$04\r\nPING\r\n",
    b"*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n*2\r\n$4\r\nECHO\r\n$x\r\n",
    b"*" + BIG, b"*1\r\n$" + BIG, BIG, BIG + b"\r\n", b"PING " + BIG[:60000] + b"\r\n",
    b'SET k "a b"\r\nGET k\r\n', b"SET k 'a b'\r\nGET k\r\n", b'SET k "\\x41\\n\\"q"\r\nGET k\r\n',
    b'SET k "a\r\n', b'SET k "a"b\r\n', b"SET k 'a\\'b'\r\nGET k\r\n", b'ECHO ""\r\n',
    b'SET k "\\xzz\\x4"\r\nGET k\r\n', b"'\r\n", b'"', b"nonsense a b\r\n", b"nonsense\r\n",
    b"NONSENSE " + b"y" * 200 + b" " + b"z" * 200 + b"\r\n", b"config nonsense\r\n", b"client\r\n",
    b"*3\r\n$8\r\nnonsense\r\n$1\r\na\r\n$3\r\nb\r\nc\r\n", b"*1\r\n$4\r\nPINGxx", b"*1\r\n$4\r\nPINGxx*1\r\n",
    b"GET\r\n", b"get a b\r\n", b"QUIT\r\nPING\r\n", b"GET / HTTP/1.0\r\n\r\n",
    b"*1\r\n$4\r\nPING\r\n*x\r\n*1\r\n$4\r\nPING\r\n",
]
UNKNOWN_FRAMES = [b"*11\r\n", b"*10\r\n$16385\r\n", b"*1\r\n$16385\r\n", b"*2\r\n$4\r\nAUTH\r\n$16384\r\n",
                  b"PING\r\n", b"nonsense\r\n", b"GET\r\n", b"AUTH\r\n", b"AUTH a b c\r\n", b"QUIT\r\n"]


def exchange(server, data):
    """All that comes back, and whether the connection was closed."""
    c = server.connect(timeout=0.25)
    got = b""
    try:
        c.send(data)
        while True:
            some = c.socket.recv(1 << 16)
            if not some:
                return got, "closed"
            got += some
    except socket.timeout:
        return got, "open"
    except (ConnectionResetError, BrokenPipeError):
        return got, "closed"
    finally:
        c.close()


def frames(tap, server, redis, which, name):
    bad = []
    for data in which:
        for side in (server, redis):
            with side.connect() as c:
                if which is FRAMES:
                    c.call("FLUSHALL")
        ours, theirs = exchange(server, data), exchange(redis, data)
        if ours != theirs:
            bad.append("%.100r:\n  kvserver %.300r\n  redis    %.300r" % (data, ours, theirs))
    tap.check(not bad, name, "\n".join(bad))


def rss(server):
    with open("/proc/%d/statm" % server.process.pid) as f:
        return int(f.read().split()[1]) * resource.getpagesize()


def torn_frames(tap, server):
    """The same pipeline in pieces of every kind."""
    rng = random.Random(7)
    commands = [["SET", "torn%d" % (i % 7), "v%d" % i * (i % 50)] if i % 2 else
                ["GET", "torn%d" % (i % 7)] for i in range(300)]
    data = b"".join(frame(c) for c in commands)
    wanted = None
    for sizes in ([len(data)], [1], [2, 3], [1000], [7, 4000]):
        c = server.connect()
        c.call("FLUSHALL")
        at = 0
        while at < len(data):
            size = rng.choice(sizes)
            c.send(data[at:at + size])
            at += size
        got = [c.reply() for _ in commands]
        c.close()
        wanted = wanted or got
        if got != wanted:
            break
    tap.check(got == wanted, "a request may come in pieces of any size")


def half_open(tap, server):
    stuck = []
    for i in range(300):
        c = server.connect()
        c.send(frame(["SET", "half", "x" * 200])[:10 + i % 200])
        stuck.append(c)
    c = server.connect()
    start = time.time()
    for i in range(500):
        c.ask("SET", "whole", i)
    tap.check(time.time() - start < 5, "300 half requests keep nobody waiting")
    tap.equal(c.ask("EXISTS", "half"), 0, "a half request has no effect")
    c.ask("CONFIG", "SET", "timeout", "1")
    end = time.time() + 15
    while time.time() < end and figure(c, "connected_clients") > 1:
        time.sleep(0.2)
    tap.equal(figure(c, "connected_clients"), 1, "timeout closes those that are idle")
    c.ask("CONFIG", "SET", "timeout", "0")
    for s in stuck:
        s.close()


def figure(c, name, section="all"):
    for line in c.ask("INFO", section).split(b"\r\n"):
        if line.startswith(name.encode() + b":"):
            return int(line.split(b":")[1])
    raise KeyError(name)


def slow_clients(tap, server):
    c = server.connect()
    c.ask("SET", "big", "x" * 1000000)
    c.ask("CONFIG", "SET", "client-output-buffer-limit", "8mb")
    before = rss(server)
    slow = server.connect()
    closed = False
    try:
        slow.send(frame(["GET", "big"]) * 100)
    except (ConnectionResetError, BrokenPipeError):
        closed = True
    start = time.time()
    for i in range(500):
        c.ask("SET", "small", i)
    tap.check(time.time() - start < 5, "a client that does not read keeps nobody waiting")
    peak = rss(server)
    tap.check(peak - before < 64 << 20, "nor does it take more than its limit",
              "%d MiB more" % ((peak - before) >> 20))
    got = slow.rest() if not closed else b""
    tap.check(len(got) < 100 * 1000000, "and is closed at the limit", len(got))
    tap.equal(c.ask("STRLEN", "big"), 1000000, "others are not")
    c.ask("CONFIG", "SET", "client-output-buffer-limit", "256mb")

    slow = server.connect()
    slow.send(frame(["GET", "big"]) * 50)
    count = 0
    for _ in range(50):
        count += len(slow.reply()) == 1000000 + len(b"$1000000\r\n\r\n")
        time.sleep(0.005)
    tap.equal(count, 50, "one that reads slowly below the limit gets all of it")
    slow.close()


def big_values(tap, server):
    c = server.connect()
    value = random.Random(3).randbytes(48 << 20)
    c.ask("SET", "huge", value)
    tap.check(c.ask("GET", "huge") == value, "a value of 48 MiB comes back as it went")
    c.ask("DEL", "huge")
    c.close()


def idle_connections(tap, server, count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(count, hard - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, count + 200)), hard))
    before = rss(server)
    idle = []
    start = time.time()
    for i in range(count - 2):
        c = server.connect()
        if i % 100 == 0:
            c.ask("PING")
        idle.append(c)
    took = time.time() - start
    c = server.connect()
    tap.equal(figure(c, "connected_clients"), count - 1, "%d idle connections are held" % count)
    print("# %d connections in %.1f s, %d bytes of memory each" %
          (count, took, (rss(server) - before) / count))
    tap.check((rss(server) - before) / count < 4096, "each of less than 4 KiB")
    start = time.time()
    for i in range(2000):
        c.ask("SET", "k", i)
    tap.check(time.time() - start < 10, "the others are served meanwhile")
    sample = random.Random(5).sample(idle, 200)
    tap.check(all(s.ask("PING") == b"PONG" for s in sample), "and each of them when it asks")
    c.ask("CONFIG", "SET", "maxclients", count - 1)
    late = server.connect()
    tap.equal(late.rest(), b"-ERR max number of clients reached\r\n", "one too many is refused")
    c.ask("CONFIG", "SET", "maxclients", 10000)
    for s in idle:
        s.close()
    end = time.time() + 10
    while time.time() < end and figure(c, "connected_clients") > 1:
        time.sleep(0.1)
    tap.equal(figure(c, "connected_clients"), 1, "all are gone when they leave")


def pipelines(tap, server):
    lists = [[["SET", "p%d" % i, i] for i in range(10000)],
             [["GET", "p%d" % i] for i in range(10000)],
             [["INCR", "counter"] for i in range(10000)],
             [["RPUSH", "list", i] for i in range(10000)]]
    c = server.connect()
    c.ask("FLUSHALL")
    got = []
    for commands in lists:
        c.send(b"".join(frame(x) for x in commands))
        got.append([c.reply() for _ in commands])
    tap.check(got[0] == [b"+OK\r\n"] * 10000, "10,000 SETs in one pipeline")
    tap.check(got[1] == [b"$%d\r\n%d\r\n" % (len(str(i)), i) for i in range(10000)],
              "10,000 GETs in one pipeline, replies in order")
    tap.check(got[2] == [b":%d\r\n" % (i + 1) for i in range(10000)], "10,000 INCRs in one")
    tap.equal(c.ask("LRANGE", "list", 0, -1), [b"%d" % i for i in range(10000)],
              "10,000 RPUSHes in one")
    c.send(b"PING\r\n" * 10000)
    tap.check(all(c.reply() == b"+PONG\r\n" for _ in range(10000)), "10,000 inline PINGs in one")


def fill(c, keys, size, prefix="m"):
    """SETs until one is refused; returns (how many went, the error)."""
    for at in range(0, keys, 100):
        c.send(b"".join(frame(["SET", "%s%d" % (prefix, at + i), "x" * size]) for i in range(100)))
        replies = [c.reply() for _ in range(100)]
        for i, r in enumerate(replies):
            if r != b"+OK\r\n":
                return at + i, r
    return keys, b""


def memory(tap, program):
    limit = 30 << 20
    server = Server(program, "--maxmemory", "30mb", "--workers", 4)
    try:
        c = server.connect()
        went, error = fill(c, 100000, 1000)
        tap.equal(error, b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
                  "noeviction: writes are refused at the limit, with Redis's error")
        tap.check(5000 < went < 60000, "noeviction: about as many keys as fit went in", went)
        tap.equal(len(c.ask("GET", "m0")), 1000, "noeviction: reads are not refused")
        refused = [c.call(*w)[:4] for w in (["LPUSH", "l", "a"], ["SADD", "s", "a"],
                                            ["HSET", "h", "f", "v"], ["INCR", "n"],
                                            ["APPEND", "m0", "y"], ["GRAPH.LINK", "a", "b"])]
        tap.equal(refused, [b"-OOM"] * 6, "noeviction: nor is anything that grows let in")
        c.send(b"".join(frame(["DEL", "m%d" % i]) for i in range(went)))
        gone = sum(c.reply() == b":1\r\n" for _ in range(went))
        tap.equal(gone, went, "noeviction: deleting works at the limit")
        ok = False
        end = time.time() + 10
        while not ok and time.time() < end:
            ok = c.call("SET", "again", "x") == b"+OK\r\n"
        tap.check(ok, "noeviction: and makes room again")
        for policy in ("allkeys-random", "allkeys-lru"):
            c.ask("FLUSHALL")
            c.ask("CONFIG", "SET", "maxmemory-policy", policy)
            for i in range(50):
                c.ask("SET", "hot%d" % i, "y")
            written = 0
            for round_number in range(60):
                some, error = fill(c, 1500, 1000, "r%d-" % round_number)
                written += some
                if error:
                    break
                for i in range(50):
                    c.ask("GET", "hot%d" % i)
                if policy == "allkeys-lru":
                    time.sleep(0.1)  # what is old is told in seconds
            keys = c.ask("DBSIZE")
            used = figure(c, "used_memory")
            tap.equal((written, error), (90000, b""), policy + ": no write is refused")
            tap.check(used <= limit * 1.05 and keys < 40000, policy + ": memory keeps the limit",
                      "%d bytes, %d keys" % (used, keys))
            tap.check(keys > 5000, policy + ": no more than needed is evicted", keys)
            hot = c.ask("EXISTS", *["hot%d" % i for i in range(50)])
            if policy == "allkeys-lru":
                tap.check(hot >= 30 and hot > by_chance + 10,
                          "allkeys-lru: what is read stays", (hot, by_chance))
            by_chance = hot
        tap.check(rss(server) < 4 * limit, "resident memory stays near it", rss(server))
        tap.equal(server.stop(), 0, "and the server ends as if nothing had been", server.said())
    finally:
        server.remove()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", nargs="+")
    parser.add_argument("--connections", type=int, default=10000)
    options = parser.parse_args()
    tap = Tap()
    server = Server(options.program, "--workers", 2)
    redis = redis_server()
    try:
        frames(tap, server, redis, FRAMES, "malformed frames: replies as Redis's, closed as it does")
        for side in (server, redis):
            side.connect().ask("CONFIG", "SET", "requirepass", "secret")
        frames(tap, server, redis, UNKNOWN_FRAMES, "the same of those who have not said a password")
        c = server.connect()
        c.ask("AUTH", "secret")
        c.ask("CONFIG", "SET", "requirepass", "")
        c.close()
        torn_frames(tap, server)
        half_open(tap, server)
        slow_clients(tap, server)
        big_values(tap, server)
        pipelines(tap, server)
        idle_connections(tap, server, options.connections)
        tap.equal(server.stop(), 0, "SIGTERM ends it with status 0")
        tap.check("left" not in server.said(), "nothing is left in the heap", server.said())
    finally:
        server.remove()
        redis.remove()
    memory(tap, options.program)
    tap.end()


if __name__ == "__main__":
    main()
