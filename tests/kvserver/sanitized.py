#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""kvserver with four workers, built with a sanitizer, under redis-benchmark and under
four differential drivers at once, while graphs are linked and dropped, collections
asked for and snapshots saved. It must agree with redis-server throughout, report
nothing, and leave nothing.

Usage: sanitized.py KVSERVER... [--seconds S] [--seed N]   Prints TAP lines; status 1.
"""
import argparse
import os
import random
import subprocess
import sys
import threading

from commands import LEFT_OUT, drawn_commands
from resp import Broken, Server, Tap, redis_server

HERE = os.path.dirname(os.path.abspath(__file__))


def differ(ours, theirs, seed, seconds, *options):
    return subprocess.Popen([sys.executable, os.path.join(HERE, "differ.py"), ours.path,
                             theirs.path, "--seed", str(seed), "--seconds", str(seconds),
                             "--commands", "400", *options],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def graphs(server, stop, failures, seed):
    """Makes cycles, drops them, collects, saves, looks at everything."""
    rng = random.Random(seed)
    try:
        c = server.connect()
        while not stop.is_set():
            names = ["node:%d" % rng.randrange(200) for _ in range(4)]
            c.ask("GRAPH.LINK", *names)
            c.ask("GRAPH.LINK", names[-1], names[0])
            c.ask("GRAPH.NEIGHBORS", names[1])
            c.ask("GRAPH.UNLINK", names[0], names[1])
            c.ask("GRAPH.DROP", *rng.sample(names, 3))
            what = rng.randrange(40)
            if what < 4:
                c.ask("GC", "COLLECT", what % 3)
            elif what == 4:
                c.call("BGSAVE")
            elif what == 5:
                c.ask("CLIENT", "LIST")
            elif what == 6:
                c.ask("GC", "STATS")
                c.ask("MEMORY", "STATS")
                c.ask("INFO")
            elif what == 7:
                c.call("GC", "EXPLAIN", names[0])
            elif what == 8:
                c.ask("MEMORY", "PURGE")
    except (Broken, OSError) as e:
        failures.append("the graphs' client: %r" % e)


def benchmark(server, seconds):
    """redis-benchmark with every structure, as often as there is time for."""
    return subprocess.Popen(
        ["timeout", "-s", "INT", str(seconds), "redis-benchmark", "-s", server.path, "-q", "-l",
         "-n", "4000", "-P", "8", "-c", "40", "-r", "500", "-t",
         "set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,lrange_100,mset"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def together(tap, ours, theirs, options):
    stop, failures = threading.Event(), []
    threads = [threading.Thread(target=graphs, args=(ours, stop, failures, options.seed + i))
               for i in range(2)]
    for t in threads:
        t.start()
    lanes = [differ(ours, theirs, options.seed * 1000 + i * 100, options.seconds,
                    "--prefix", "lane%d:" % i) for i in range(4)]
    load = benchmark(ours, options.seconds)
    said = [lane.communicate()[0] for lane in lanes]
    error = load.communicate()[1]
    stop.set()
    for t in threads:
        t.join()
    tap.check(all(lane.returncode == 0 for lane in lanes),
              "four clients' commands are answered as Redis answers them", "\n".join(said))
    tap.check(not error, "redis-benchmark at the same time", error)
    tap.equal(failures, [], "graphs, collections and snapshots too")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", nargs="+")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("# seed %d" % options.seed)
    tap = Tap()
    ours, theirs = Server(options.program, "--workers", 4), redis_server()
    try:
        both = set.intersection(*({n.decode() for n in s.connect().ask("COMMAND", "LIST")}
                                  for s in (ours, theirs)))
        tap.equal(both - drawn_commands() - set(LEFT_OUT), set(),
                  "every command that both know is drawn")
        together(tap, ours, theirs, options)
        alone = differ(ours, theirs, options.seed, options.seconds / 2)
        said = alone.communicate()[0]
        tap.check(alone.returncode == 0, "one client's too, with the whole keyspace", said)
        status = ours.stop(seconds=120)
        text = ours.said()
        report = "Sanitizer" in text or "runtime error" in text or "tarn:" in text
        tap.check(status == 0 and not report, "nothing is reported, status 0",
                  "status %s\n%s" % (status, text))
    finally:
        ours.remove()
        theirs.remove()
    tap.end()


if __name__ == "__main__":
    main()
