#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Times the programs beside it under adder and under every CPython there is.

usage: run.py ADDER [--runs N] [--json FILE] [--profile] [PROGRAM...]

Interpreters: adder, /usr/bin/python3, and $PEER_PYTHON_FT (a free-threaded CPython) if that
is set. Their runs alternate, so that what else the machine does hits all alike; figures are
medians. Each program runs with one thread and with two that do the same work each: two
threads' throughput is twice the work over the time. The machine's own ceiling for two
threads is taken in the same run from two processes of python3. A program whose output
differs between interpreters is a failure. --profile adds the share of time spent in tarn.
"""
import argparse
import concurrent.futures
import glob
import json
import math
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REFERENCE = "/usr/bin/python3"
# Programs whose two threads work on data of their own.
INDEPENDENT = ["richards", "deltablue", "havlak", "codec", "nbody", "trees", "words", "pipeline"]
SHARED = ["shared"]
LIMIT = 120
launcher = ""


def run(command):
    """One run: what it printed and what it cost."""
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report")
        environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", ADDER_PAUSES="1")
        with subprocess.Popen([launcher, report] + command, cwd=HERE, env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, start_new_session=True) as process:
            timer = threading.Timer(LIMIT, os.killpg, (process.pid, signal.SIGKILL))
            timer.start()
            output, errors = process.communicate()
            timer.cancel()
        try:
            with open(report, encoding="ascii") as f:
                ns, kib, status = map(int, f.read().split())
        except OSError:
            ns, kib, status = LIMIT * 10**9, 1, 9
    errors = errors.decode(errors="replace")
    pause = re.search(r"longest pause (\d+) ns", errors)
    return {"seconds": ns / 1e9, "kib": kib, "status": os.waitstatus_to_exitcode(status),
            "errors": errors[-300:], "pause_ms": int(pause.group(1)) / 1e6 if pause else None,
            "output": output.decode(errors="replace")}


def ceiling():
    """Throughput of two processes over one's: what two threads could reach here."""
    command = [REFERENCE, "nbody.py", "1"]
    one = run(command)["seconds"]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        began = time.perf_counter()
        list(pool.map(run, [command] * 2))
        return 2 * one / (time.perf_counter() - began)


def measure(interpreters, program, threads, runs):
    """Medians by interpreter, their runs in turn."""
    taken = {name: [] for name in interpreters}
    for _ in range(runs):
        for name, path in interpreters.items():
            if not taken[name] or taken[name][-1]["status"] == 0:
                taken[name].append(run([path, program + ".py", str(threads)]))
    result = {}
    for name, all_runs in taken.items():
        pauses = [r["pause_ms"] for r in all_runs if r["pause_ms"] is not None]
        result[name] = {
            "seconds": statistics.median(r["seconds"] for r in all_runs),
            "least": min(r["seconds"] for r in all_runs),
            "most": max(r["seconds"] for r in all_runs),
            "kib": statistics.median(r["kib"] for r in all_runs),
            "pause_ms": max(pauses) if pauses else None,
            "status": max(abs(r["status"]) for r in all_runs),
            "errors": all_runs[-1]["errors"],
            "output": all_runs[0]["output"]}
    wanted = result["python3"]["output"]
    for r in result.values():
        r["agrees"] = r["status"] == 0 and r.pop("output") == wanted
    return result


# --- where the time goes ---

def shares_from_perf(adder, program):
    """Shares by symbol from perf, as (symbol, per cent) pairs; none without it."""
    if not shutil.which("perf"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data")
        done = subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-o", data, adder,
                               program + ".py", "1"], cwd=HERE, capture_output=True,
                              timeout=LIMIT)
        if done.returncode != 0:
            return None
        text = subprocess.run(["perf", "report", "-i", data, "--stdio", "--no-children", "-F",
                               "overhead,symbol"], capture_output=True, timeout=LIMIT).stdout
    found = re.findall(rb"^\s*([\d.]+)%\s+\[.\]\s+(\S+)", text, re.M)
    return [(s.decode(), float(p)) for p, s in found] or None


def shares_from_callgrind(adder, program):
    """The same from instructions under callgrind, which is slow but always there."""
    if not shutil.which("valgrind"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                               adder, program + ".py", "1"], cwd=HERE, capture_output=True,
                              timeout=LIMIT * 10)
        if done.returncode != 0:
            return None
        text = subprocess.run(["callgrind_annotate", "--threshold=99", out], capture_output=True,
                              timeout=LIMIT).stdout.decode(errors="replace")
    found = re.findall(r"^\s*[\d,]+ \(\s*([\d.]+)%\)\s+\S+?:(\S+)", text, re.M)
    return [(s, float(p)) for p, s in found] or None


COUNTS = re.compile(r"incref|decref|count_|_drop|slot_|peek|share|merge|mail|die|death|kill")
COLLECTION = re.compile(r"gc_|collect|judge|convict|trace|mark|search|suspect|generation|young")


def library_symbols(adder):
    """Names of functions that come from tarn: those in its static library beside the build."""
    root = os.path.dirname(os.path.dirname(adder))
    archives = glob.glob(os.path.join(root, "src", "libtarn*.a"))
    names = set()
    for archive in archives:
        text = subprocess.run(["nm", "--defined-only", archive], capture_output=True).stdout
        names |= set(re.findall(r" [tTwW] (\S+)$", text.decode(), re.M))
    return names


def shares(adder, programs):
    """Per cent of each program's time in tarn: counts, collection, allocation and the rest.

    What the headers inline into the interpreter is not seen as tarn's.
    """
    library = library_symbols(adder)
    result = {}
    for program in programs:
        found = shares_from_perf(adder, program) or shares_from_callgrind(adder, program)
        if not found:
            continue
        total = {"counts": 0.0, "allocation": 0.0, "collection": 0.0}
        for symbol, percent in found:
            plain = symbol.split(".")[0]
            if plain not in library and not plain.startswith("tarn_"):
                continue
            if COLLECTION.search(plain):
                total["collection"] += percent
            elif COUNTS.search(plain):
                total["counts"] += percent
            else:
                total["allocation"] += percent
        result[program] = {k: round(v, 1) for k, v in total.items()}
        result[program]["tarn"] = round(sum(total.values()), 1)
    return result


# --- report ---

def geomean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else float("nan")


def table(report, names):
    print(f"{'program':<11}{'threads':>7}", end="")
    for name in names:
        print(f"{name + ' s':>14}{'MiB':>7}", end="")
    print(f"{'time':>8}{'memory':>8}{'pause ms':>10}")
    for key, by_name in report["programs"].items():
        program, threads = key.split("/")
        print(f"{program:<11}{threads:>7}", end="")
        for name in names:
            r = by_name[name]
            shown = f"{r['seconds']:.3f}" if r["agrees"] else "DIFFERS" if r["status"] == 0 else \
                f"status {r['status']}"
            print(f"{shown:>14}{r['kib'] / 1024:>7.1f}", end="")
        a, p = by_name["adder"], by_name["python3"]
        pause = f"{a['pause_ms']:.2f}" if a["pause_ms"] is not None else "-"
        print(f"{a['seconds'] / p['seconds']:>7.2f}x{a['kib'] / p['kib']:>7.2f}x{pause:>10}")


def verdicts(report):
    """The targets, each met or not, from figures of this run."""
    programs = report["programs"]
    sound = all(r["adder"]["agrees"] for r in programs.values())
    lines = [("every program prints what python3 prints", sound, "")]
    good = {k: r for k, r in programs.items() if r["adder"]["agrees"]}
    ones = [r for k, r in good.items() if k.endswith("/1")]
    if ones:
        t = geomean([r["adder"]["seconds"] / r["python3"]["seconds"] for r in ones])
        m = geomean([r["adder"]["kib"] / r["python3"]["kib"] for r in ones])
        lines.append(("one thread, geomean of time <= 2.0 x python3's", t <= 2.0, f"{t:.2f} x"))
        lines.append(("one thread, geomean of peak memory <= 1.0 x", m <= 1.0, f"{m:.2f} x"))
    for what, group, target in (("independent work", INDEPENDENT, 1.8), ("shared, read mostly",
                                                                        SHARED, 1.5)):
        gains = {}
        for name in report["interpreters"]:
            pairs = [(good[p + "/1"], good[p + "/2"]) for p in group
                     if p + "/1" in good and p + "/2" in good]
            gains[name] = geomean([2 * a[name]["seconds"] / b[name]["seconds"] for a, b in pairs]) \
                if pairs else None
        if gains.get("adder"):
            rest = ", ".join(f"{n} {g:.2f}" for n, g in gains.items())
            wanted = min(target, target / 2 * report["ceiling"])
            lines.append((f"two threads, {what}: >= {target} x one's throughput, where the "
                          f"ceiling of {report['ceiling']:.2f} allows", gains["adder"] >= wanted,
                          rest))
    pause = good.get("havlak/1", {}).get("adder", {}).get("pause_ms")
    if pause is not None:
        lines.append(("longest pause on the graph program <= 2 ms", pause <= 2, f"{pause:.2f} ms"))
    if report.get("shares"):
        s = geomean([max(v["tarn"], 0.1) for v in report["shares"].values()])
        lines.append(("share of time in tarn <= 35 %", s <= 35, f"{s:.0f} %"))
    for what, met, figure in lines:
        print(f"{'met   ' if met else 'MISSED'} {what}{': ' + figure if figure else ''}")
    return [{"target": w, "met": bool(m), "figure": f} for w, m, f in lines]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("adder")
    parser.add_argument("programs", nargs="*")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json")
    parser.add_argument("--launcher", help="default: launch in the bench folder of adder's build")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_intermixed_args()
    known = INDEPENDENT + SHARED
    programs = options.programs or known
    if set(programs) - set(known):
        parser.error("programs are: " + " ".join(known))
    global launcher
    launcher = options.launcher or os.path.join(
        os.path.dirname(os.path.dirname(os.path.abspath(options.adder))), "bench", "launch")
    interpreters = {"adder": os.path.abspath(options.adder), "python3": REFERENCE}
    if os.environ.get("PEER_PYTHON_FT"):
        interpreters["python3t"] = os.environ["PEER_PYTHON_FT"]
    report = {"interpreters": list(interpreters), "runs": options.runs, "ceiling": ceiling(),
              "cores": os.cpu_count(), "programs": {}}
    for program in programs:
        for threads in (1, 2):
            print(f"\r{program} {threads}   ", end="", file=sys.stderr, flush=True)
            report["programs"][f"{program}/{threads}"] = \
                measure(interpreters, program, threads, options.runs)
    print("\r" + " " * 20 + "\r", end="", file=sys.stderr)
    table(report, list(interpreters))
    for key, by_name in report["programs"].items():
        if not by_name["adder"]["agrees"]:
            print(f"{key}: {by_name['adder']['errors'].strip()[-200:]!r}")
    if options.profile:
        report["shares"] = shares(interpreters["adder"], programs)
        for program, share in report["shares"].items():
            print(f"{program:<11} " + ", ".join(f"{k} {v} %" for k, v in share.items()))
    print()
    report["verdicts"] = verdicts(report)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as f:
            json.dump(report, f, indent=1)
    return 0 if report["verdicts"][0]["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
