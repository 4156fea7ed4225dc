#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Compares pkgraph's direct edges with apt-cache's, for every package of a database.

Usage: apt.py PKGRAPH STATUS   Prints TAP lines; status 1 on a difference.

apt-cache reads the same file and nothing else: its lists and caches are empty.
"""
import collections
import os
import re
import subprocess
import sys
import tempfile

ONLY = ["--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks",
        "--no-replaces", "--no-enhances"]


def apt(work, status, verb, names):
    for folder in "lists/partial", "cache":
        os.makedirs(os.path.join(work, folder), exist_ok=True)
    settings = {
        "Dir::State::status": status,
        "Dir::State::lists": os.path.join(work, "lists"),
        "Dir::Cache": os.path.join(work, "cache"),
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": "/dev/null",
    }
    command = ["apt-cache"]
    for key, value in settings.items():
        command += ["-o", "%s=%s" % (key, value)]
    return subprocess.run(command + [verb] + ONLY + names, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout.splitlines()


def name_of(text):
    """Without <>, which mark virtual ones, and without an architecture."""
    return re.sub(r":.*", "", text.strip("<>"))


def depends(lines):
    edges, package = collections.defaultdict(set), None
    for line in lines:
        if not line.startswith((" ", "|")):
            package = name_of(line)
        match = re.match(r"^ [ |](?:Depends|PreDepends): (\S+)$", line)
        if match:
            edges[package].add(name_of(match[1]))
    return edges


def rdepends(lines):
    edges, package = collections.defaultdict(set), None
    for line in lines:
        if re.match(r"^ [ |]\S", line):  # deeper ones say who provides the name
            edges[package].add(name_of(line[2:]))
        elif line != "Reverse Depends:" and not line.startswith(" "):
            package = name_of(line)
    return edges


def ours(program, status, verb, names):
    command = [program, "--no-lists", "--status", status]
    for name in names + names[:1]:  # at least two, so that each has its heading
        command += ["--query", "%s %s" % (verb, name)]
    edges, package = collections.defaultdict(set), None
    for line in subprocess.run(command, stdout=subprocess.PIPE, text=True,
                               check=True).stdout.splitlines():
        if line.startswith("# "):
            package = line.split()[2]
        else:
            edges[package].add(line)
    return edges


def compare(verb, names, got, wanted):
    wrong = [n for n in names if got[n] != wanted[n]]
    total = sum(len(wanted[n]) for n in names)
    print("%s - apt-cache %s agrees on %d edges of %d packages"
          % ("not ok" if wrong or not total else "ok", verb, total, len(names)))
    for n in wrong[:10]:
        print("# %s: only pkgraph %s, only apt-cache %s"
              % (n, sorted(got[n] - wanted[n]), sorted(wanted[n] - got[n])))
    return not wrong and total > 0


def any_of(records):
    """Dependencies on name:any: apt-cache keeps them apart and shows nobody's rdepends."""
    for record in records:
        package = re.search(r"(?m)^Package: (\S+)", record)[1]
        for line in re.findall(r"(?m)^(?:Pre-)?Depends: (.*)$", record):
            for target in re.findall(r"([a-z0-9.+-]+):any", line):
                yield package, target


def main():
    program, status = sys.argv[1:3]
    records = open(status).read().split("\n\n")
    there = [r for r in records if re.search(r"(?m)^Status:.* installed$", r)]
    names = sorted({re.search(r"(?m)^Package: (\S+)", r)[1] for r in there})
    provided = {re.sub(r"[\s(:].*", "", p.strip())
                for r in there for line in re.findall(r"(?m)^Provides: (.*)$", r)
                for p in line.split(",")}
    known = set(names) | provided
    with tempfile.TemporaryDirectory() as work:
        forward = depends(apt(work, status, "depends", names))
        back = rdepends(apt(work, status, "rdepends", names))
    for package, target in any_of(there):
        back[target].add(package)
    # Names that nobody has are no packages here; virtual ones have edges of their
    # own here, to their providers, that apt-cache does not count as dependencies.
    forward = collections.defaultdict(set, {n: forward[n] & known for n in names})
    mine = ours(program, status, "rdepends", names)
    mine = collections.defaultdict(set, {n: mine[n] & set(names) for n in names})
    fine = compare("depends", names, ours(program, status, "depends", names), forward)
    fine = compare("rdepends", names, mine, back) and fine
    sys.exit(not fine)


if __name__ == "__main__":
    main()
