# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Runs scripts under adder and under CPython and compares what they say.

usage: compare.py PROGRAM [--jobs N] [--limit SECONDS] [--wrap COMMAND] [--alone] SCRIPT...

Standard output must be the same to the byte, the exit status the same, and the last line
of standard error the same; all of standard error for a script whose first lines have the
word FULL-STDERR, and for errors of syntax. --alone starts no reference: the script must
end with status 0 and say nothing on standard error (for sanitized builds, whose reports
have a status of their own). Prints TAP lines; status 1 if a script differs.
"""
import argparse
import concurrent.futures
import difflib
import os
import shlex
import subprocess
import sys

REFERENCE = "/usr/bin/python3"


def run(command, script, limit):
    """The output, the errors and the exit status of one run in the script's folder."""
    environment = dict(os.environ, PYTHONIOENCODING="utf-8", PYTHONDONTWRITEBYTECODE="1")
    try:
        done = subprocess.run(command + [os.path.basename(script)], cwd=os.path.dirname(script),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=limit,
                              env=environment)
    except subprocess.TimeoutExpired as e:
        return e.stdout or b"", b"ran out of time", "out of time"
    return done.stdout, done.stderr, done.returncode


def last_line(text):
    lines = text.decode(errors="replace").rstrip().split("\n")
    return lines[-1]


def differences(wanted, got):
    """At most a screen of a unified difference."""
    lines = difflib.unified_diff(wanted.decode(errors="replace").split("\n"),
                                 got.decode(errors="replace").split("\n"),
                                 "python3", "adder", lineterm="", n=1)
    return list(lines)[2:22]


def compare(options, script):
    """What differs, as lines; none if nothing does."""
    out, err, status = run(options.command, script, options.limit)
    if options.alone:
        trouble = err.decode(errors="replace").split("\n")[:40]
        return [] if status == 0 and not err else [f"status {status}"] + trouble
    wanted_out, wanted_err, wanted_status = run([REFERENCE], script, options.limit)
    report = []
    if status != wanted_status:
        report.append(f"status {status}, python3's is {wanted_status}")
        report += err.decode(errors="replace").split("\n")[-12:]
    if out != wanted_out:
        report += differences(wanted_out, out)
    with open(script, encoding="utf-8") as f:
        full = "FULL-STDERR" in f.read(400)
    if full or last_line(wanted_err).startswith(("SyntaxError", "IndentationError", "TabError")):
        if err != wanted_err:
            report += differences(wanted_err, err)
    elif last_line(err) != last_line(wanted_err):
        report += [f"last line {last_line(err)!r}", f"python3's {last_line(wanted_err)!r}"]
    return report


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("scripts", nargs="+")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=float, default=20)
    parser.add_argument("--wrap", default="")
    parser.add_argument("--name", default="")
    parser.add_argument("--alone", action="store_true")
    options = parser.parse_args()
    options.command = shlex.split(options.wrap) + [os.path.abspath(options.program)]
    scripts = [os.path.abspath(s) for s in options.scripts]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        reports = pool.map(lambda s: compare(options, s), scripts)
        for script, report in zip(scripts, reports):
            name = options.name + os.path.basename(script)[:-3]
            print("not ok" if report else "ok", "-", name, flush=True)
            for line in report:
                print("#", line)
            failed += bool(report)
    return 1 if failed else 0


sys.exit(main())
