#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""A long run of kvserver in which cyclic garbage is made all the time: memory stays flat.

Two clients link groups of graph nodes into rings and drop them, so that only the
collector, in its own time, can free them; two more replace and delete values of all
kinds; now and then a snapshot is saved. Nothing asks for a collection. Once a second
resident memory and the heap's objects are looked at.

Usage: kvserver-soak.py KVSERVER... [--seconds S] [--seed N]
Prints the seed first, progress on a terminal, TAP lines; status 1 on a failure.
"""
import argparse
import os
import random
import statistics
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests",
                                "kvserver"))
from resp import Broken, Server, Tap, frame  # noqa: E402

GROUP = 40     # nodes that are linked and dropped together
KEYS = 20000   # keys of the other kinds, at most


class Client(threading.Thread):
    """Sends batches until told to stop; a subclass says of what."""

    def __init__(self, server, seed, stop):
        super().__init__(daemon=True)
        self.connection = server.connect()
        self.rng = random.Random(seed)
        self.stop = stop
        self.sent = 0
        self.fault = None

    def run(self):
        try:
            while not self.stop.is_set():
                batch = self.batch()
                self.connection.send(b"".join(frame(words) for words in batch))
                for words in batch:
                    reply = self.connection.reply()
                    if reply[:1] == b"-":
                        raise Broken("%r: %r" % (words, reply))
                self.sent += len(batch)
        except (Broken, OSError) as e:
            self.fault = repr(e)


class Graphs(Client):
    groups = 0

    def batch(self):
        self.groups += 1
        names = ["g%d:%d:%d" % (id(self), self.groups, i) for i in range(GROUP)]
        out = [["GRAPH.LINK", names[i - 1], names[i], self.rng.choice(names)]
               for i in range(GROUP)]
        # Some groups live a while beside the others: what is dropped is of several ages.
        old = self.groups - self.rng.choice([0, 0, 0, 30])
        if old > 0:
            out.append(["GRAPH.DROP"] + ["g%d:%d:%d" % (id(self), old, i) for i in range(GROUP)])
        if self.groups % 30 == 0 and self.groups > 30:
            out.append(["GRAPH.DROP"] + ["g%d:%d:%d" % (id(self), g, i)
                                         for g in range(max(1, self.groups - 60), self.groups - 29)
                                         for i in range(GROUP)])
        return out


class Values(Client):
    def batch(self):
        r = self.rng
        out = []
        for _ in range(50):
            kind, key = r.randrange(6), r.randrange(KEYS // 6)
            if kind == 0:
                out.append(["SET", "s%d" % key, b"x" * r.randrange(300)])
            elif kind == 1:
                out.append(["SET", "e%d" % key, "y", "PX", r.randrange(1, 3000)])
            elif kind == 2:
                out += [["DEL", "l%d" % key], ["RPUSH", "l%d" % key] + ["z"] * r.randrange(1, 20)]
            elif kind == 3:
                out += [["HSET", "h%d" % key, "f%d" % r.randrange(50), "v"],
                        ["HDEL", "h%d" % key, "f%d" % r.randrange(50)]]
            elif kind == 4:
                out += [["SADD", "t%d" % key, r.randrange(50)], ["SREM", "t%d" % key, r.randrange(50)]]
            else:
                out += [["INCR", "n%d" % key], ["GET", "s%d" % key]]
        return out


def figures(c):
    flat = c.ask("MEMORY", "STATS")
    return {k.decode(): int(v) for k, v in zip(flat[::2], flat[1::2]) if not isinstance(v, list)}


def gc_figures(c):
    flat = c.ask("GC", "STATS")
    return {k.decode(): int(v) for k, v in zip(flat[::2], flat[1::2])}


def rss(server):
    with open("/proc/%d/statm" % server.process.pid) as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def watch(server, seconds, clients):
    """Samples of (rss, objects), one a second."""
    c = server.connect()
    samples = []
    begun = time.time()
    while time.time() - begun < seconds and all(t.is_alive() for t in clients):
        time.sleep(1)
        samples.append((rss(server), figures(c)["heap.objects"]))
        if len(samples) % 30 == 0:
            c.call("BGSAVE")
        if sys.stderr.isatty():
            print("\r  %4.0f s  %4d MiB  %8d objects  %10d commands " % (
                time.time() - begun, samples[-1][0] >> 20, samples[-1][1],
                sum(t.sent for t in clients)), end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return samples


def judge(tap, samples, clients, server):
    quarter = len(samples) // 4
    early, late = samples[quarter:2 * quarter], samples[3 * quarter:]
    for i, what, slack in ((0, "resident memory", 8 << 20), (1, "the heap's objects", 20000)):
        before = statistics.median(s[i] for s in early)
        after = statistics.median(s[i] for s in late)
        print("# %s: second quarter %d, last %d, most %d" % (what, before, after,
                                                             max(s[i] for s in samples)))
        tap.check(after <= before * 1.1 + slack, what + " is flat", (before, after))
    c = server.connect()
    gc = gc_figures(c)
    made = sum(t.groups for t in clients if isinstance(t, Graphs)) * GROUP
    print("# %d commands, %d nodes made, %d objects freed by the collector, %d collections" % (
        sum(t.sent for t in clients), made, gc["freed-by-collector"],
        sum(gc["gen%d.collections" % g] for g in range(3))))
    tap.check(gc["freed-by-collector"] > made / 2, "the collector freed it, unasked", gc)
    c.ask("FLUSHALL")
    for _ in range(3):
        c.ask("GC", "COLLECT", 2)
    time.sleep(1)
    left = figures(c)["heap.objects"]
    tap.check(left < 100, "after FLUSHALL nothing but the empty keyspace is left", left)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", nargs="+")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("TARN_SEED", "1")))
    options = parser.parse_args()
    print("# seed %d" % options.seed, flush=True)
    tap = Tap()
    server = Server(options.program, "--workers", 4)
    stop = threading.Event()
    try:
        clients = [kind(server, options.seed * 10 + i, stop)
                   for i, kind in enumerate((Graphs, Graphs, Values, Values))]
        for t in clients:
            t.start()
        samples = watch(server, options.seconds, clients)
        stop.set()
        for t in clients:
            t.join()
        tap.equal([t.fault for t in clients if t.fault], [], "every command was answered",
                  server.said())
        if server.alive() and len(samples) >= 8:
            judge(tap, samples, clients, server)
        tap.equal(server.stop(), 0, "the server ends with status 0", server.said())
    finally:
        server.remove()
    tap.end()


if __name__ == "__main__":
    main()
