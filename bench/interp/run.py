#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Times the programs beside it under adder and under every CPython there is.

usage: run.py ADDER [--runs N] [--json FILE] [--profile] [PROGRAM...]

Interpreters: adder and /usr/bin/python3, whose runs alternate, so that what else the
machine does hits both alike; and every other CPython from 3.6 on ($PEER_PYTHON_FT, which is
meant to be free-threaded, those in PATH and pyenv's), twice each. Figures are medians; the
spread is of adder's time over that of the python3 beside it. Each program runs with one
thread and with two that do the same work each: two threads' throughput is twice the work
over the time. The machine's own ceiling for two threads is taken from two processes of
python3, before and after, and the lower counts. A program whose output differs from
python3's is a failure. --profile adds the share of instructions that are tarn's.

All is written as JSON to bench/interp.json in the build folder, or to FILE.
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


def pythons():
    """Other CPythons by name. Each is asked who it is: a shim stands for another, or none."""
    question = "import os, sys; print(os.path.realpath(sys.executable), sys.version.split()[0])"
    commands = [os.environ.get("PEER_PYTHON_FT")]
    for minor in range(20, 5, -1):
        commands.append(shutil.which(f"python3.{minor}"))
        root = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
        commands += sorted(glob.glob(f"{root}/versions/3.{minor}.*/bin/python3.{minor}"))
    found, seen = {}, {os.path.realpath(REFERENCE)}
    for command in filter(None, commands):
        answer = subprocess.run([command, "-c", question], capture_output=True, check=False)
        words = answer.stdout.decode().split()
        if answer.returncode == 0 and len(words) == 2 and words[0] not in seen:
            seen.add(words[0])
            free = command == os.environ.get("PEER_PYTHON_FT")
            found[words[1] + (" free-threaded" if free else "")] = words[0]
    return found


def measure(interpreters, program, threads, runs):
    """Medians by interpreter, their runs in turn; others than the first two run twice."""
    taken = {name: [] for name in interpreters}
    for i in range(runs):
        for place, (name, path) in enumerate(interpreters.items()):
            if place > 1 and i > 1:
                break
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
        r["agrees"] = r.pop("output") == wanted and r["status"] == 0
    ratios = [a["seconds"] / p["seconds"] for a, p in zip(taken["adder"], taken["python3"])]
    result["adder"]["ratio"] = statistics.median(ratios)
    result["adder"]["ratio_least"], result["adder"]["ratio_most"] = min(ratios), max(ratios)
    return result


# --- where the time goes ---

# What a source file's instructions are for: the first that fits. Headers count where they
# are inlined, so what the interpreter's own functions do of tarn's work is seen as tarn's.
PARTS = [("collection", re.compile(r"/src/collector/")),
         ("allocation", re.compile(r"/src/(memory|os)/|/src/object/(object|type|spec)\.")),
         ("counts", re.compile(r"/src/(object|contain|heap|base|thread)/|/include/tarn/|urcu|"
                               r"tls_get_addr"))]


def part_of(place):
    return next((part for part, pattern in PARTS if pattern.search(place)), None)


def share(adder, program):
    """Per cent of a program's instructions that are tarn's, by part, from callgrind."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", adder,
                        program + ".py", "1"], cwd=HERE, capture_output=True, timeout=600,
                       check=True)
        # In a folder that no source is below, or it would shorten their names.
        text = subprocess.run(["callgrind_annotate", "--threshold=100", "--auto=no", out],
                              cwd=folder, capture_output=True, timeout=LIMIT,
                              check=True).stdout.decode()
    total, parts = 0, {part: 0 for part, _ in PARTS}
    for count, place in re.findall(r"^\s*([\d,]+) \(\s*[\d.]+%\)  (\S+:.*)$", text, re.M):
        total += int(count.replace(",", ""))
        part = part_of(place)
        if part:
            parts[part] += int(count.replace(",", ""))
    result = {part: round(100 * n / total, 1) for part, n in parts.items()}
    result["tarn"] = round(100 * sum(parts.values()) / total, 1)
    return result


def shares(adder, programs):
    if not shutil.which("valgrind"):
        print("no shares: valgrind is not there")
        return {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(programs, pool.map(lambda p: share(adder, p), programs)))


# --- report ---

def geomean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else float("nan")


def table(report):
    print(f"{'program':<11}{'threads':>7}{'adder s':>10}{'MiB':>7}{'python3 s':>11}{'MiB':>7}"
          f"{'time':>8}{'spread':>13}{'memory':>9}{'pause ms':>10}")
    for key, by_name in report["programs"].items():
        program, threads = key.split("/")
        a, p = by_name["adder"], by_name["python3"]
        shown = f"{a['seconds']:.3f}" if a["agrees"] else "DIFFERS" if a["status"] == 0 else \
            f"status {a['status']}"
        pause = f"{a['pause_ms']:.2f}" if a["pause_ms"] is not None else "-"
        spread = f"{a['ratio_least']:.2f}-{a['ratio_most']:.2f}"
        print(f"{program:<11}{threads:>7}{shown:>10}{a['kib'] / 1024:>7.1f}{p['seconds']:>11.3f}"
              f"{p['kib'] / 1024:>7.1f}{a['ratio']:>7.2f}x{spread:>13}"
              f"{a['kib'] / p['kib']:>8.2f}x{pause:>10}")


def gain(programs, group, name):
    """Two threads' throughput over one's: the geomean of the group's programs."""
    pairs = [(programs[p + "/1"][name], programs[p + "/2"][name]) for p in group
             if p + "/1" in programs]
    pairs = [(one, two) for one, two in pairs if one["agrees"] and two["agrees"]]
    return geomean([2 * one["seconds"] / two["seconds"] for one, two in pairs])


def times(figure, width):
    return f"{'-' if math.isnan(figure) else f'{figure:.2f}x':>{width}}"


def table_of_others(report):
    """adder beside every CPython, as geomeans over the programs that agree."""
    print(f"\n{'':<24}{'adder, one thread':>19}{'two':>8}{'its own gain by two: independent':>36}"
          f"{'shared':>8}")
    programs = report["programs"]
    for name in report["interpreters"]:
        ratios = {t: geomean([r["adder"]["seconds"] / r[name]["seconds"]
                              for key, r in programs.items() if key.endswith(t) and
                              r[name]["agrees"] and r["adder"]["agrees"]]) for t in ("/1", "/2")}
        print(f"{name:<24}" + times(ratios["/1"], 19) + times(ratios["/2"], 8) +
              times(gain(programs, INDEPENDENT, name), 36) +
              times(gain(programs, SHARED, name), 8))


def verdicts(report):
    """The targets, each met or not, from figures of this run."""
    programs = report["programs"]
    sound = all(r["adder"]["agrees"] for r in programs.values())
    lines = [("every program prints what python3 prints", sound, "")]
    ones = [programs[p + "/1"] for p in INDEPENDENT if p + "/1" in programs]
    if ones:
        t = geomean([r["adder"]["ratio"] for r in ones])
        m = geomean([r["adder"]["kib"] / r["python3"]["kib"] for r in ones])
        lines.append(("one thread, geomean of time <= 2.0 x python3's", t <= 2.0, f"{t:.2f} x"))
        lines.append(("one thread, geomean of peak memory <= 1.0 x", m <= 1.0, f"{m:.2f} x"))
    for what, group, target in (("independent work", INDEPENDENT, 1.8),
                                ("shared, read mostly", SHARED, 1.5)):
        reached = gain(programs, group, "adder")
        if not math.isnan(reached):
            lines.append((f"two threads, {what}: >= {target} x one's throughput, where the "
                          f"ceiling of {report['ceiling']:.2f} allows",
                          reached >= min(target, target / 2 * report["ceiling"]),
                          f"{reached:.2f} x; python3 {gain(programs, group, 'python3'):.2f} x"))
    pause = programs.get("havlak/1", {}).get("adder", {}).get("pause_ms")
    if pause is not None:
        lines.append(("longest pause on the graph program, oversize groups apart, <= 2 ms",
                      pause <= 2, f"{pause:.2f} ms"))
    if report.get("shares"):
        s = statistics.mean(v["tarn"] for v in report["shares"].values())
        lines.append(("share of instructions in tarn <= 35 %", s <= 35, f"{s:.0f} %"))
    for what, met, figure in lines:
        print(f"{'met   ' if met else 'MISSED'} {what}{': ' + figure if figure else ''}")
    return [{"target": w, "met": bool(m), "figure": f} for w, m, f in lines]


def write_json(report, path):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(report, f, indent=1)


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
    adder = os.path.abspath(options.adder)
    if not os.access(adder, os.X_OK):
        parser.error(f"{adder} is not built; configure with -DTARN_ADDER=ON")
    build = os.path.dirname(os.path.dirname(adder))
    launcher = options.launcher or os.path.join(build, "bench", "launch")
    interpreters = {"adder": adder, "python3": REFERENCE, **pythons()}
    ceilings = [ceiling()]
    report = {"interpreters": list(interpreters), "runs": options.runs, "cores": os.cpu_count(),
              "load": os.getloadavg()[0], "programs": {}}
    for program in programs:
        for threads in (1, 2):
            if sys.stderr.isatty():
                print(f"\r{program} {threads}   ", end="", file=sys.stderr, flush=True)
            report["programs"][f"{program}/{threads}"] = \
                measure(interpreters, program, threads, options.runs)
    if sys.stderr.isatty():
        print("\r" + " " * 20 + "\r", end="", file=sys.stderr)
    report["ceiling"] = min(ceilings + [ceiling()])
    table(report)
    table_of_others(report)
    for key, by_name in report["programs"].items():
        if not by_name["adder"]["agrees"]:
            print(f"{key}: {by_name['adder']['errors'].strip()[-200:]!r}")
    if options.profile:
        report["shares"] = shares(adder, programs)
        print("\nper cent of instructions")
        for program, parts in report["shares"].items():
            print(f"{program:<11} " + ", ".join(f"{k} {v}" for k, v in parts.items()))
    print()
    report["verdicts"] = verdicts(report)
    write_json(report, options.json or os.path.join(os.path.dirname(build), "bench",
                                                    "interp.json"))
    return 0 if report["verdicts"][0]["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
