# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""What Python has and the subset lacks is refused by name, before anything runs.

usage: refused.py PROGRAM

Each program prints first; CPython compiles it, adder must print nothing, end with status 1
and say "SyntaxError: adder: ..." with the word given here. Prints TAP lines.
"""
import os
import subprocess
import sys
import tempfile
import warnings

LACKING = [
    ("async", "async def f():\n    pass"),
    ("async", "async def f():\n    async with x:\n        pass"),
    ("async", "async def f():\n    async for y in x:\n        pass"),
    ("async", "async def f():\n    return [y async for y in x]"),
    ("match", "x = 5\nmatch x:\n    case 5:\n        pass"),
    ("except*", "try:\n    pass\nexcept* ValueError:\n    pass"),
    ("complex", "x = 5j"),
    ("complex", "def f():\n    return 1.5 + 2e3J"),
    ("\\N{...}", "x = '\\N{DIGIT ONE}'"),
    ("relative import", "def f():\n    from . import x"),
    ("relative import", "def f():\n    from ..a import x"),
    ("starred annotation", "def f(*a: *b):\n    pass"),
]


def check(program, path, word, text):
    source = "print('this may not run')\n" + text + "\n"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(source, path, "exec")
    with open(path, "w", encoding="utf-8") as f:
        f.write(source)
    done = subprocess.run([program, path], capture_output=True, timeout=20,
                          stdin=subprocess.DEVNULL)
    last = done.stderr.decode(errors="replace").rstrip().split("\n")[-1]
    met = done.returncode == 1 and not done.stdout and last.startswith("SyntaxError: adder: ") \
        and word in last
    return met, f"status {done.returncode}, output {done.stdout!r}, {last!r}"


def main():
    program = os.path.abspath(sys.argv[1])
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for i, (word, text) in enumerate(LACKING):
            met, found = check(program, os.path.join(folder, f"r{i}.py"), word, text)
            print("ok" if met else "not ok", "- refused by name:", text.replace("\n", "; "))
            if not met:
                failed += 1
                print("#", found)
    return 1 if failed else 0


sys.exit(main())
