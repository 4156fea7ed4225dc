#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Plants faults into a package database, and expects each to be found where it is.

Usage: planted.py PKGRAPH FILE [SEED]   Prints TAP lines; status 1 on a failure.

Every planted record must be named by file, line and reason, skipped and counted;
all others must be answered about as if the planted ones were not there.
"""
import os
import random
import re
import subprocess
import sys
import tempfile

# What is done to a record, a list of lines, and what pkgraph says: (the line of the
# record that it names, from 0; the reason). `at`: the line after "Package:".
def no_colon(lines, at):
    lines.insert(at, "no colon in this line")
    return at, "neither"


def no_name(lines, at):
    lines[at - 1] = "X-Package: nobody"
    return 0, "without the name"


def twice(lines, at):
    lines.append("Package: again")
    return len(lines) - 1, "already"


def nul(lines, at):
    lines.insert(at, "X-Field: a\0b")
    return at, "NUL byte"


def spaced_name(lines, at):
    lines.insert(at, "a field: with a space in its name")
    return at, "neither"


def first_continued(lines, at):
    lines.insert(0, " continued")
    return 0, "continuation"


def too_long(lines, at):
    lines.insert(at, "X-Field: " + "x" * (1 << 20))
    return at, "mebibyte"


def dependency(text, reason):
    def plant(lines, at):
        lines[:] = [l for l in join(lines) if not re.match("(?i)(pre-)?depends:", l)]
        lines.append("Depends: " + text)
        return 0, reason
    return plant


PLANTS = [
    no_colon, no_name, twice, nul, spaced_name, first_continued, too_long,
    dependency("a (>= 1", "closing parenthesis"),
    dependency("a (>= )", "without a version"),
    dependency("a (1)", "without a relation"),
    dependency("a (>> 1 2)", "no version"),
    dependency("a (=> 1)", "without a relation"),
    dependency("a b", "no package name"),
    dependency("a |", "missing"),
    dependency("a, | b", "empty"),
    dependency(",a", "empty"),
    dependency("a,,b", "empty"),
    dependency("$x", "no package name"),
]


def join(lines):
    """Continuation lines joined to their field, so that fields can be taken out."""
    fields = []
    for line in lines:
        if line[:1] in " \t" and fields:
            fields[-1] += "\n" + line
        else:
            fields.append(line)
    return fields


def plant_all(records, chosen):
    """The text with the faults, and what must be said: {line: reason}."""
    text, wanted, line = [], {}, 1
    for i, record in enumerate(records):
        lines = record.split("\n")
        if i in chosen:
            at = next(n for n, l in enumerate(lines) if l.startswith("Package:")) + 1
            where, reason = chosen[i](lines, at)
            wanted[line + where] = reason
        body = "\n".join(lines)
        text.append(body)
        line += body.count("\n") + 2
    return "\n\n".join(text) + "\n", wanted


def run(program, path, questions, loaders):
    command = [program, "--no-lists", "--status", path, "--loaders", str(loaders)]
    for q in questions:
        command += ["--query", q]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def check(program, path, seed, work):
    source = random.Random(seed)
    records = [r for r in open(path).read().split("\n\n") if r.strip()]
    records = [r.rstrip("\n") for r in records if re.search("(?m)^Status:.* installed$", r)]
    numbers = source.sample(range(len(records)), min(len(records) // 2, 4 * len(PLANTS)))
    chosen = {n: PLANTS[i % len(PLANTS)] for i, n in enumerate(numbers)}
    bad, wanted = plant_all(records, chosen)
    rest, _ = plant_all([r for i, r in enumerate(records) if i not in chosen], {})
    for name, text in ("bad", bad), ("rest", rest):
        open(os.path.join(work, name), "w").write(text)
    questions = ["count", "groups"]
    status, answers, said = run(program, os.path.join(work, "bad"), questions, 1 + seed % 4)
    plain = run(program, os.path.join(work, "rest"), questions, 1)
    found = {int(n): reason for n, reason in
             re.findall(r"^pkgraph: .*/bad:(\d+): (.*); record skipped$", said, re.M)}
    wrong = ["line %d: wanted '%s', got '%s'" % (n, wanted.get(n), found.get(n))
             for n in sorted(set(wanted) | set(found))
             if n not in wanted or wanted[n] not in found.get(n, "")]
    if status != 2:
        wrong.append("status %d, not 2: %s" % (status, said[-500:]))
    if plain[0] != 0 or answers != plain[1]:
        wrong.append("answers differ from those without the planted records")
    return len(wanted), wrong


def main():
    program, path = sys.argv[1:3]
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    failed = False
    for seed in range(first, first + 4):
        with tempfile.TemporaryDirectory() as work:
            count, wrong = check(program, path, seed, work)
        failed = failed or bool(wrong)
        print("%s - %d planted faults are found where they are, seed %d"
              % ("not ok" if wrong else "ok", count, seed))
        for line in wrong[:10]:
            print("# " + line)
    sys.exit(failed)


if __name__ == "__main__":
    main()
