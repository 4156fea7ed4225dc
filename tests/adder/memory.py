# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Memory that runs out: MemoryError at the statement that needed memory, and life goes on.

usage: memory.py PROGRAM

The heap is bounded by ADDER_MEMORY_LIMIT; CPython is not asked, so what is expected is
written here. Prints TAP lines; status 1 on a failure.
"""
import os
import subprocess
import sys

LIMIT = 48 << 20

# Name, program, expected output.
GROWERS = [
    ("list", "l.append([i, i + 1])", "l = []"),
    ("dict", "l[i] = (i, str(i))", "l = {}"),
    ("text", "l += l", "l = 'abc' * 1000"),
    ("set", "l.add((i,))", "l = set()"),
    ("integer", "l = l * l", "l = 7 ** 1000"),
    ("list repeated", "l = l * 2", "l = [None] * 1000"),
    ("objects", "l = Node(l)", "l = None"),
    ("closures", "l.append(make(i))", "l = []"),
    ("generators", "l.append(count(i)); next(l[-1])", "l = []"),
    ("comprehension", "l = [[j] for j in range(i * 1000)]", "l = []"),
]

PROGRAM = """class Node:
    def __init__(self, next):
        self.next = next


def make(i):
    return lambda: i


def count(i):
    x = [i]
    while True:
        yield x


{start}
i = 0
at = "before"
try:
    while True:
        i += 1
        at = "at the statement"
        {grow}
        at = "after"
except MemoryError as e:
    what = type(e).__name__
    print(what, at)
l = None
import gc
gc.collect()
again = [[n] for n in range(1000)]
print(len(again), sum(a[0] for a in again))
"""

UNCAUGHT = """def fill():
    l = []
    while True:
        l.append([len(l)])


print("begins")
fill()
"""

THREADS = """import threading
seen = []


def fill():
    l = []
    try:
        while True:
            l.append([len(l)])
    except MemoryError:
        l.clear()
        seen.append("MemoryError")


threads = [threading.Thread(target=fill) for _ in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(seen))
print(len([[i] for i in range(1000)]))
"""

# Cycles fill the limit many times over; collections keep the program within it.
CYCLES = """class Node:
    pass


for i in range(400000):
    a, b = Node(), Node()
    a.other, b.other = b, a
    a.text = "x" * 20
print("within the limit")
"""


def run(program, text, limit=LIMIT):
    environment = dict(os.environ, ADDER_MEMORY_LIMIT=str(limit))
    try:
        done = subprocess.run([program, "/dev/stdin"], input=text.encode(), capture_output=True,
                              env=environment, timeout=30)
    except subprocess.TimeoutExpired:
        return "", "ran out of time", "out of time"
    return done.stdout.decode(), done.stderr.decode(), done.returncode


def verdict(name, met, out, err, status):
    print("ok" if met else "not ok", "- memory:", name, flush=True)
    if not met:
        print(f"# status {status}\n# output {out[-300:]!r}\n# errors {err[-300:]!r}")
    return met


def main():
    program = os.path.abspath(sys.argv[1])
    met = True
    for name, grow, start in GROWERS:
        out, err, status = run(program, PROGRAM.format(start=start, grow=grow))
        wanted = "MemoryError at the statement\n1000 499500\n"
        met &= verdict(f"{name} that grows", (out, err, status) == (wanted, "", 0), out, err,
                       status)
    out, err, status = run(program, UNCAUGHT)
    good = out == "begins\n" and status == 1 and err.rstrip().endswith("MemoryError")
    good = good and "line 4, in fill" in err
    met &= verdict("uncaught, the line is named", good, out, err, status)
    out, err, status = run(program, THREADS)
    wanted = "['MemoryError', 'MemoryError', 'MemoryError']\n1000\n"
    met &= verdict("three threads at once", (out, status) == (wanted, 0), out, err, status)
    out, err, status = run(program, CYCLES)
    met &= verdict("cycles are collected before it runs out",
                   (out, status) == ("within the limit\n", 0), out, err, status)
    for limit in range(2 << 20, 9 << 20, 1 << 20):
        out, err, status = run(program, PROGRAM.format(start="l = []", grow="l.append([i])"), limit)
        good = status in (0, 1) and (status == 0 or "MemoryError" in err)
        met &= verdict(f"a limit of {limit >> 20} MiB ends in order", good, out, err, status)
    return 0 if met else 1


sys.exit(main())
