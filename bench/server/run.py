#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""kvserver beside redis-server and memcached, under the same clients, in turn.

Usage: ./dev bench server [--quick] [--rounds N] [--only throughput|memory|pauses|profile]
                          [--json FILE] [--verdict]

Rounds are interleaved: every server does the same work once a round, so that a change of
the machine's speed hits all alike; ratios are taken round by round and their median told.
CPU is the servers' own, of all their threads, from the scheduler's count in nanoseconds.
--verdict: status 1 if a target is missed; without it the table says so.
"""
import argparse
import collections
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(os.environ.get("TARN_BUILD_DIR", os.path.join(ROOT, "build")), "release")
KVSERVER = os.path.join(BUILD, "examples", "kvserver")
LOAD = os.path.join(BUILD, "bench", "kvserver-load")
sys.path.insert(0, os.path.join(ROOT, "tests", "kvserver"))
sys.dont_write_bytecode = True
from resp import Connection, frame, free_port  # noqa: E402

TESTS = ["get", "set", "incr", "lpush", "lrange_100", "hset", "sadd", "mset"]


class Contender:
    """A server that runs; idle while others are measured."""

    def __init__(self, name, command):
        self.name = name
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix="kvbench-")
        line = [w.replace("PORT", str(self.port)).replace("FOLDER", self.folder) for w in command]
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen(line, stdout=self.log, stderr=self.log,
                                        stdin=subprocess.DEVNULL)
        end = time.time() + 30
        while True:
            try:
                Connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if time.time() > end or self.process.poll() is not None:
                    raise SystemExit("%s does not start: %s" % (name, " ".join(line)))
                time.sleep(0.02)

    def connect(self):
        return Connection(("127.0.0.1", self.port), timeout=600)

    def cpu(self):
        """Seconds of CPU of all threads so far."""
        total = 0
        folder = "/proc/%d/task" % self.process.pid
        for task in os.listdir(folder):
            try:
                with open("%s/%s/schedstat" % (folder, task)) as f:
                    total += int(f.read().split()[0])
            except OSError:
                pass  # a thread that ended
        return total / 1e9

    def rss(self):
        with open("/proc/%d/statm" % self.process.pid) as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def end(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def kvserver(workers):
    return Contender("kvserver-%d" % workers, [KVSERVER, "--port", "PORT", "--dir", "FOLDER",
                                               "--workers", str(workers)])


def redis_server():
    return Contender("redis", ["redis-server", "--port", "PORT", "--dir", "FOLDER", "--save", "",
                               "--appendonly", "no"])


def memcached():
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    return Contender("memcached", ["memcached", "-p", "PORT", "-U", "0", "-l", "127.0.0.1", "-t", "1",
                                   "-m", "1024"] + user)


def present(name):
    return shutil.which(name) is not None


# -------------------------------------------------------------- throughput ----

def parse_benchmark(text):
    """Throughput and quantiles of one test out of redis-benchmark's report."""
    rate = re.findall(r"throughput summary: ([\d.]+) requests", text)
    quantiles = [(float(p), float(ms)) for p, ms in
                 re.findall(r"^([\d.]+)% <= ([\d.]+) milliseconds \(cum", text, re.M)]
    if not rate or not quantiles:
        raise SystemExit("redis-benchmark said nothing that can be read:\n" + text[-2000:])
    # The report of the test itself is the last one: LRANGE begins with an LPUSH.
    last = max(i for i, (p, _) in enumerate(quantiles) if p == 0 or i == 0)

    def at(wanted):
        return next(ms for p, ms in quantiles[last:] if p >= wanted) * 1000
    return {"per_second": float(rate[-1]), "p50_us": at(50), "p99_us": at(99), "p999_us": at(99.9)}


def measure(server, work, operations):
    before = server.cpu()
    figures = work()
    done = figures.get("operations", operations)
    figures["cpu_us"] = (server.cpu() - before) * 1e6 / done
    return figures


def benchmark(server, test, pipeline, operations):
    # What LRANGE fills its list with is not its own cost: do it before.
    if test.startswith("lrange"):
        c = server.connect()
        c.ask("DEL", "mylist")
        c.ask("RPUSH", "mylist", *["xxx"] * 600)
        c.close()
        words = ["-r", "1", "LRANGE", "mylist", "0", "99"]
    else:
        words = ["-r", "100000", "-t", test]
    def work():
        done = subprocess.run(["redis-benchmark", "-p", str(server.port), "-c", "50",
                               "-n", str(operations), "-P", str(pipeline)] + words,
                              capture_output=True, text=True, check=True)
        return parse_benchmark(done.stdout.replace("\r", "\n"))
    return measure(server, work, operations)


def own_load(server, protocol, verb, pipeline, seconds, **more):
    line = [LOAD, "--port", str(server.port), "--protocol", protocol, "--verb", verb,
            "--pipeline", str(pipeline), "--seconds", str(seconds)]
    for name, value in more.items():
        line += ["--" + name, str(value)]
    return measure(server, lambda: json.loads(subprocess.run(
        line, capture_output=True, text=True, check=True).stdout), 0)


def operations_of(test, pipeline, quick):
    count = 40000 if pipeline == 1 else 400000
    if test in ("lrange_100", "mset"):
        count //= 4
    return count // 20 if quick else count


def throughput(options, out):
    servers = [kvserver(1), kvserver(2), redis_server()]
    cache = [memcached()] if present("memcached") else []
    rows = collections.defaultdict(list)
    try:
        for _ in range(options.rounds):
            for test in TESTS:
                for pipeline in (1, 16):
                    for s in servers:
                        rows["redis-benchmark", test, pipeline, s.name].append(benchmark(
                            s, test, pipeline, operations_of(test, pipeline, options.quick)))
            for verb in ("set", "get"):
                for pipeline in (1, 16):
                    for s in servers + cache:
                        protocol = "memcached" if s in cache else "redis"
                        rows["own client", verb, pipeline, s.name].append(own_load(
                            s, protocol, verb, pipeline, 0.2 if options.quick else 1.5))
            progress("round of throughput")
    finally:
        for s in servers + cache:
            s.end()
    out["throughput"] = tabulate(rows)


def tabulate(rows):
    """Medians of each, and the paired ratios of the first worker's to the peers'."""
    table = []
    print("\n%-10s %2s %-11s %10s %9s %9s %9s %9s   %s" % (
        "", "-P", "server", "op/s", "p50 us", "p99 us", "p99.9 us", "CPU us/op", "CPU, kvserver-1's over it"))
    for key, rounds in rows.items():
        client, test, pipeline, name = key
        row = {"client": client, "test": test, "pipeline": pipeline, "server": name}
        for figure in ("per_second", "p50_us", "p99_us", "p999_us", "cpu_us"):
            row[figure] = statistics.median(r[figure] for r in rounds)
        one = rows[client, test, pipeline, "kvserver-1"]
        row["cpu_ratio"] = statistics.median(a["cpu_us"] / b["cpu_us"] for a, b in zip(one, rounds))
        row["rate_to_one"] = statistics.median(
            b["per_second"] / a["per_second"] for a, b in zip(one, rounds))
        table.append(row)
        own = " *" if client == "own client" else ""
        print("%-10s %2d %-11s %10.0f %9.0f %9.0f %9.0f %9.3f   %s" % (
            test + own, pipeline, name, row["per_second"], row["p50_us"], row["p99_us"],
            row["p999_us"], row["cpu_us"],
            "" if name == "kvserver-1" else "%.2f" % row["cpu_ratio"]))
    print("* by bench/server/load.c, the client that speaks memcached's protocol too")
    return table


# ------------------------------------------------------------------ memory ----

def fill(server, keys):
    """Keys of 10 bytes, values of 3."""
    c = server.connect()
    step = 10000
    for at in range(0, keys, step):
        if server.name == "memcached":
            c.send(b"".join(b"set k%09d 0 0 3\r\nabc\r\n" % i for i in range(at, at + step)))
            for _ in range(step):
                c.line()
        else:
            c.send(b"".join(frame([b"SET", b"k%09d" % i, b"abc"]) for i in range(at, at + step)))
            for _ in range(step):
                c.reply()
    c.close()


def memory(options, out):
    keys = 100000 if options.quick else 1000000
    rows = []
    makers = [lambda: kvserver(1), redis_server] + ([memcached] if present("memcached") else [])
    for make in makers:
        server = make()
        try:
            before = server.rss()
            fill(server, keys)
            time.sleep(1.5)  # tables that grow are rehashed, what was replaced is given back
            rows.append({"server": server.name, "keys": keys,
                         "bytes_per_key": (server.rss() - before) / keys})
        finally:
            server.end()
    print("\nmemory per key (10 bytes, value of 3), at %d keys" % keys)
    for row in rows:
        row["ratio"] = rows[0]["bytes_per_key"] / row["bytes_per_key"]
        print("  %-11s %7.1f bytes   kvserver's over it %.2f" % (
            row["server"], row["bytes_per_key"], row["ratio"]))
    out["memory"] = rows


# ------------------------------------------------------------------ pauses ----

def link_graph(server, objects):
    """Groups of ten nodes in a ring; a node with its edges is two objects."""
    c = server.connect()
    nodes = objects // 2
    for at in range(0, nodes, 10000):
        batch = []
        for i in range(at, min(at + 10000, nodes)):
            ring = i - i % 10
            batch.append(frame([b"GRAPH.LINK", b"n%d" % i, b"n%d" % (ring + (i + 1) % 10)]))
        c.send(b"".join(batch))
        for _ in batch:
            c.reply()
    c.ask("GC", "COLLECT", 2)
    c.close()


def gc_figures(c):
    flat = c.ask("GC", "STATS")
    return {k.decode(): int(v) for k, v in zip(flat[::2], flat[1::2])}


def collect_until(server, stop, times):
    c = server.connect()
    while not stop.is_set():
        begun = time.time()
        done = gc_figures(c)["gen2.collections"]
        c.ask("GC", "REQUEST")
        while gc_figures(c)["gen2.collections"] == done and not stop.is_set():
            stop.wait(0.01)
        times.append(time.time() - begun)
    c.close()


def pauses(options, out):
    objects = 100000 if options.quick else 1000000
    seconds = 0.5 if options.quick else 4
    server = kvserver(2)
    rounds = []
    try:
        link_graph(server, objects)
        fill(server, 100000)
        for _ in range(options.rounds):
            row = {}
            for collecting in (False, True):
                stop, times = threading.Event(), []
                thread = threading.Thread(target=collect_until, args=(server, stop, times))
                if collecting:
                    thread.start()
                # Few connections: the client's own queue is no pause of the server's.
                row["with" if collecting else "without"] = own_load(
                    server, "redis", "get", 1, seconds, connections=options.connections)
                stop.set()
                if collecting:
                    thread.join()
                    row["collections"] = len(times)
                    row["collection_ms"] = statistics.median(times) * 1000
            rounds.append(row)
            progress("round of pauses")
        c = server.connect()
        figures = gc_figures(c)
    finally:
        server.end()
    ratio = statistics.median(r["with"]["p999_us"] / r["without"]["p999_us"] for r in rounds)
    print("\nGET while full collections run, one after the other, over %d objects in cycles" % objects)
    for name in ("without", "with"):
        print("  %-8s p50 %6.0f  p99 %6.0f  p99.9 %6.0f  longest %6.0f us, %7.0f op/s" % (
            name, *[statistics.median(r[name][f] for r in rounds) for f in
                    ("p50_us", "p99_us", "p999_us", "max_us", "per_second")]))
    print("  a collection took %.1f ms; the world stood still %.3f ms at most, %.3f ms at p99; "
          "p99.9 ratio %.2f" % (statistics.median(r["collection_ms"] for r in rounds),
                                figures["stopped-max-ns"] / 1e6, figures["stopped-p99-ns"] / 1e6,
                                ratio))
    out["pauses"] = {"objects": objects, "rounds": rounds, "p999_ratio": ratio, "gc": figures}


# ----------------------------------------------------------------- profile ----

def origins():
    """Of each function of kvserver whether tarn's sources or the example's have it."""
    names = {}
    listing = subprocess.run(["nm", "-l", "--defined-only", KVSERVER], capture_output=True, text=True)
    for line in listing.stdout.splitlines():
        match = re.match(r"\S+ [tTwW] (\S+)\t(.*):\d+$", line)
        if match:
            names[match[1]] = "tarn" if "/src/" in match[2] or "/include/tarn/" in match[2] \
                else "kvserver"
    return names


def profile(options, out):
    if not present("perf"):
        print("\nprofile: no perf here")
        return
    names = origins()
    server = kvserver(1)
    result = {}
    try:
        for verb in ("get", "set"):
            for pipeline in (1, 16):
                data = os.path.join(server.folder, "perf")
                perf = subprocess.Popen(["perf", "record", "-q", "-F", "1999", "-o", data, "-p",
                                         str(server.process.pid)], stderr=subprocess.DEVNULL)
                own_load(server, "redis", verb, pipeline, 2 if options.quick else 4)
                perf.send_signal(2)
                perf.wait()
                report = subprocess.run(["perf", "report", "-i", data, "--stdio", "--sort",
                                         "dso,sym", "-t", "|"], capture_output=True, text=True)
                shares = collections.Counter()
                for line in report.stdout.splitlines():
                    parts = [p.strip() for p in line.split("|")]
                    if len(parts) < 3 or not parts[0].endswith("%"):
                        continue
                    symbol = re.sub(r"^\[.\] ", "", parts[2])
                    where = "kernel" if "kernel" in parts[1] else names.get(symbol, "libraries") \
                        if parts[1] == "kvserver" else "libraries"
                    shares[where] += float(parts[0][:-1])
                result["%s -P %d" % (verb, pipeline)] = dict(shares)
    finally:
        server.end()
    print("\nwhere one worker's time goes, % of samples (inlined calls count with their caller)")
    for name, shares in result.items():
        print("  %-10s " % name + "  ".join("%s %.1f" % (w, shares.get(w, 0)) for w in
                                            ("kernel", "kvserver", "tarn", "libraries")))
    out["profile"] = result


# ----------------------------------------------------------------- verdict ----

def find(out, test, pipeline, server):
    return next((r for r in out.get("throughput", []) if r["client"] == "redis-benchmark" and
                 (r["test"], r["pipeline"], r["server"]) == (test, pipeline, server)), None)


def targets(out):
    """(name, value, bound, whether at most)."""
    for test in ("get", "set"):
        for pipeline in (1, 16):
            row = find(out, test, pipeline, "redis")
            if row:
                yield ("CPU per %s, -P %d, over redis-server's" % (test.upper(), pipeline),
                       row["cpu_ratio"], 1.0, True)
    for test in ("get", "set"):
        row = find(out, test, 16, "kvserver-2")
        if row:
            yield ("two workers' throughput over one's, %s -P 16" % test.upper(),
                   row["rate_to_one"], 1.5, False)
    for row in out.get("memory", []):
        if row["server"] == "redis":
            yield "memory per key, over redis-server's", row["ratio"], 1.0, True
    if "pauses" in out:
        yield ("p99.9 during full collections, over that without", out["pauses"]["p999_ratio"],
               2.0, True)


def judge(out):
    print("\ntargets")
    missed = 0
    out["targets"] = []
    for name, got, bound, at_most in targets(out):
        met = got <= bound if at_most else got >= bound
        missed += not met
        out["targets"].append({"name": name, "value": got, "bound": bound, "met": met})
        print("  %-6s %-52s %.2f (%s %.1f)" % ("met" if met else "MISSED", name, got,
                                               "at most" if at_most else "at least", bound))
    if os.cpu_count() < 3:
        print("  (this machine has %d cores and the client needs one: two workers share the rest)" %
              os.cpu_count())
    return missed


def progress(what):
    if sys.stderr.isatty():
        print("  %s done" % what, file=sys.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="tiny work: whether it runs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", choices=["throughput", "memory", "pauses",
                                                            "profile"])
    parser.add_argument("--connections", type=int, default=50, help="of the pauses' client")
    parser.add_argument("--json", default=os.path.join(os.path.dirname(BUILD), "bench",
                                                       "server.json"))
    parser.add_argument("--verdict", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.rounds = min(options.rounds, 2)
    if not present("redis-server") or not present("redis-benchmark"):
        raise SystemExit("the benchmark needs redis-server and redis-benchmark")
    out = {"cores": os.cpu_count(), "load": os.getloadavg()[0], "rounds": options.rounds,
           "quick": options.quick}
    print("%d cores, load %.1f, medians of %d rounds" % (out["cores"], out["load"], out["rounds"]))
    for part in (throughput, memory, pauses, profile):
        if not options.only or part.__name__ in options.only:
            part(options, out)
    missed = judge(out)
    os.makedirs(os.path.dirname(os.path.abspath(options.json)), exist_ok=True)
    with open(options.json, "w") as f:
        json.dump(out, f, indent=1)
    sys.exit(1 if options.verdict and missed else 0)


if __name__ == "__main__":
    main()
