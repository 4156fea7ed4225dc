#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Clients as people use them: redis-cli, redis-benchmark, and Python's redis library.

Usage: clients.py KVSERVER...   Prints TAP lines; status 1 on a failure.
"""
import subprocess
import sys
import threading

from resp import Server, Tap, free_port

try:
    import redis
except ImportError:
    redis = None

TESTS = ["ping_inline", "ping_mbulk", "set", "get", "incr", "lpush", "rpush", "lpop", "rpop", "sadd",
         "hset", "spop", "lrange_100", "lrange_300", "lrange_500", "lrange_600", "mset"]


def run(*words, text=None):
    done = subprocess.run([str(w) for w in words], input=text, capture_output=True, text=True,
                          timeout=120)
    return done.stdout, done.stderr, done.returncode


def command_line(tap, server):
    def cli(*words, text=None):
        return run("redis-cli", "-p", server.port, *words, text=text)[0]
    tap.equal(cli("SET", "greeting", "hello world"), "OK\n", "redis-cli: SET")
    tap.equal(cli("GET", "greeting"), "hello world\n", "redis-cli: GET")
    tap.equal(cli(text='LPUSH l a b c\nLRANGE l 0 -1\nHSET h f v\nTYPE h\nNONSENSE\n'),
              "3\nc\nb\na\n1\nhash\nERR unknown command 'NONSENSE', with args beginning with: \n\n",
              "redis-cli: a session")
    tap.check("kvserver" in cli("INFO") and "redis_version" in cli("INFO"), "redis-cli: INFO")
    cli(text="".join("SET scan:%d x\n" % i for i in range(300)))
    scanned = cli("--scan", "--pattern", "scan:*").split()
    tap.equal((len(scanned), len(set(scanned))), (300, 300), "redis-cli --scan finds each key once")
    tap.check("Biggest string" in cli("--bigkeys"), "redis-cli --bigkeys")
    pipe = "".join("*3\r\n$3\r\nSET\r\n$%d\r\npipe%d\r\n$1\r\nx\r\n" % (len(str(i)) + 4, i)
                   for i in range(5000))
    tap.check("errors: 0, replies: 5000" in cli("--pipe", text=pipe), "redis-cli --pipe")
    tap.equal(cli("GRAPH.LINK", "a", "b"), "1\n", "redis-cli: GRAPH.LINK")
    cli("GRAPH.LINK", "b", "a")
    tap.check("type 'node'" in cli("GC", "EXPLAIN", "a"), "redis-cli: GC EXPLAIN")
    tap.equal(cli("GRAPH.DROP", "a", "b"), "2\n", "redis-cli: GRAPH.DROP")
    tap.check(int(cli("GC", "COLLECT")) >= 2, "redis-cli: GC COLLECT frees the dropped cycle")
    tap.check("gen2.collections" in cli("GC", "STATS"), "redis-cli: GC STATS")
    tap.check("heap.objects" in cli("MEMORY", "STATS"), "redis-cli: MEMORY STATS")
    tap.equal(cli("MEMORY", "PURGE"), "OK\n", "redis-cli: MEMORY PURGE")
    tap.equal(cli("OBJECT", "REFCOUNT", "greeting"), "1\n", "redis-cli: OBJECT REFCOUNT")


def benchmark(tap, server):
    for pipeline in (1, 16):
        out, err, status = run("redis-benchmark", "-s", server.path, "-q", "--csv", "-n", 5000,
                               "-P", pipeline, "-r", 1000, "-t", ",".join(TESTS))
        rows = {line.split('","')[0].strip('"') for line in out.splitlines()[1:]}
        # One more than asked for: the LPUSH that fills the list for LRANGE.
        tap.check(status == 0 and not err and len(rows) == len(TESTS) + 1,
                  "redis-benchmark: every test that there are commands for, -P %d" % pipeline,
                  (status, err, sorted(rows)))
    out, err, status = run("redis-benchmark", "-p", server.port, "-q", "-n", 20000, "--threads", 2,
                           "-c", 50, "-t", "get,set")
    tap.check(status == 0 and "GET:" in out and not err, "redis-benchmark with two threads", err)


def library(tap, server):
    r = redis.Redis(port=server.port, client_name="test", decode_responses=True)
    tap.check(r.ping(), "python-redis: connects")
    r.flushall()
    r.set("a", 1, ex=100)
    tap.check(r.incr("a", 5) == 6 and 0 < r.ttl("a") <= 100, "python-redis: numbers and expiry")
    tap.check(r.hset("h", mapping={"x": "1", "y": "2"}) == 2 and r.hgetall("h") ==
              {"x": "1", "y": "2"}, "python-redis: hashes")
    tap.check(r.sadd("s", "a", "b") == 2 and r.smembers("s") == {"a", "b"}, "python-redis: sets")
    tap.check(r.rpush("l", *range(5)) == 5 and r.lrange("l", 1, -2) == ["1", "2", "3"],
              "python-redis: lists")
    with r.pipeline(transaction=False) as p:
        for i in range(1000):
            p.set("p%d" % i, i)
        tap.check(p.execute() == [True] * 1000, "python-redis: a pipeline")
    tap.equal(len(set(r.scan_iter("p*", count=7))), 1000, "python-redis: scan_iter")
    tap.equal(set(r.sscan_iter("s")), {"a", "b"}, "python-redis: sscan_iter")
    tap.check(r.client_getname() == "test" and any(c["name"] == "test" for c in r.client_list()),
              "python-redis: CLIENT LIST")
    tap.check(r.info()["connected_clients"] >= 1, "python-redis: INFO is read")
    tap.check("maxmemory" in r.config_get("maxmemory"), "python-redis: CONFIG GET")
    try:
        r.lpush("a", 1)
        wrong = False
    except redis.ResponseError as e:
        wrong = "WRONGTYPE" in str(e)
    tap.check(wrong, "python-redis: errors are raised")
    many(tap, server)
    tap.check(redis.Redis(unix_socket_path=server.path).ping(), "python-redis: the Unix socket")


def many(tap, server):
    """Threads that count together: no increment is lost between workers."""
    r = redis.Redis(port=server.port)
    r.delete("n", "h", "l", "s")

    def work(number):
        own = redis.Redis(port=server.port)
        for i in range(500):
            with own.pipeline(transaction=False) as p:
                p.incr("n").hincrby("h", "f", 1).rpush("l", i).sadd("s", "%d-%d" % (number, i))
                p.append("text", "x").lmove("l", "moved", "LEFT", "RIGHT")
                p.execute()
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    got = (int(r.get("n")), int(r.hget("h", "f")), r.llen("l") + r.llen("moved"), r.scard("s"),
           r.strlen("text"))
    tap.equal(got, (4000,) * 5, "eight clients change the same keys and no change is lost")


def main():
    tap = Tap()
    server = Server([w for w in sys.argv[1:] if w != "--"], "--workers", 4, port=free_port())
    try:
        command_line(tap, server)
        benchmark(tap, server)
        if redis:
            library(tap, server)
        else:
            tap.skip("python-redis: no such library here")
        tap.equal(server.stop(), 0, "after all of them it ends with status 0", server.said())
    finally:
        server.remove()
    tap.end()


if __name__ == "__main__":
    main()
