#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Damages a package database at random bytes.

Usage: noise.py PKGRAPH FILE [ROUNDS]   Prints TAP lines; status 1 on a failure.

Whatever is in the input, pkgraph ends with status 0 or 2, and one loader and four
say and answer the same.
"""
import os
import random
import subprocess
import sys
import tempfile

PIECES = [b"\n", b"\n\n", b":", b"\0", b" ", b"(", b")", b"|", b",", b"\nPackage: x\n",
          b"\nDepends: ", b"\xff\xfe", b"(>= ", b"\r", b"\t", b"\nVersion:", b"-"]


def damage(data, source):
    data = bytearray(data)
    for _ in range(source.choice([1, 10, 1000])):
        at = source.randrange(len(data))
        kind = source.randrange(4)
        if kind == 0:
            data[at] = source.randrange(256)
        elif kind == 1:
            del data[at:at + source.choice([1, 10, 3000])]
        elif kind == 2:
            data[at:at] = source.choice(PIECES)
        else:
            start = source.randrange(len(data))
            data[at:at] = data[start:start + source.choice([20, 500])]
    return bytes(data)


def run(program, path, loaders):
    done = subprocess.run([program, "--no-lists", "--status", path, "--loaders", str(loaders),
                           "--query", "count", "--query", "groups"], capture_output=True)
    return done.returncode, done.stdout, sorted(done.stderr.splitlines())


def main():
    program, path = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 12
    data = open(path, "rb").read()
    statuses = set()
    for seed in range(rounds):
        with tempfile.TemporaryDirectory() as work:
            bad = os.path.join(work, "bad")
            with open(bad, "wb") as file:
                file.write(damage(data, random.Random(seed)))
            one, four = run(program, bad, 1), run(program, bad, 4)
        statuses.add(one[0])
        if one[0] not in (0, 2) or one != four:
            print("not ok - random damage does no harm, seed %d" % seed)
            for n, r in ("one", one), ("four", four):
                print("# %s: status %d, %r, %r" % (n, r[0], r[1][:80], r[2][:3]))
            sys.exit(1)
    print("%s - random damage does no harm and is told alike, %d seeds"
          % ("ok" if 2 in statuses else "not ok", rounds))
    sys.exit(2 not in statuses)


if __name__ == "__main__":
    main()
