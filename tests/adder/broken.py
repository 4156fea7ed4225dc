# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Scripts with one piece broken: adder's SyntaxError must be CPython's, line, caret and words.

usage: /usr/bin/python3 broken.py PROGRAM [--seed N] [--count N] SCRIPT...

Runs under the reference itself, whose compile() judges. Texts that CPython takes are left
out: they would run. A program that adder refuses by name counts as agreeing. Prints one TAP
line, and the first ten that differ.
"""
import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import warnings

TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|\"\"\"|'''|[\"']|\s+|[-+*/%<>=!|&^:]=|//|\*\*|.", re.S)
EXTRA = ["(", ")", "[", "]", "{", "}", ":", ",", "=", "==", ".", "*", "**", "if", "else", "for",
         "in", "def", "class", "lambda", "return", "yield", "not", "is", "None", "5", "x", "'",
         "\"", "\n", "    ", "\n    ", "\\", "$", "?", "!", ":=", "->", "@", "import", "from",
         "as", "with", "try:", "except", "finally:", "pass", "break", "global x", "nonlocal y",
         "del", "f'{'", "f'{x!}'", "0777", "1__0", "0b2", "é", "\t", ";"]


def broken(chance, text):
    """The text with one token taken away, doubled, exchanged or put in."""
    pieces = TOKEN.findall(text)
    at = chance.randrange(len(pieces))
    kind = chance.randrange(5)
    if kind == 0:
        del pieces[at]
    elif kind == 1:
        pieces.insert(at, pieces[at])
    elif kind == 2:
        pieces[at] = chance.choice(EXTRA)
    elif kind == 3:
        pieces.insert(at, chance.choice(EXTRA))
    else:
        other = min(at + chance.randrange(1, 4), len(pieces) - 1)
        pieces[at], pieces[other] = pieces[other], pieces[at]
    return "".join(pieces)


def expected(text, path):
    """What CPython prints when it runs the text; nothing if it would take it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text.encode(), path, "exec", dont_inherit=True)
        return None
    except SyntaxError:
        done = subprocess.run([sys.executable, "-W", "ignore", path], capture_output=True,
                              timeout=20, stdin=subprocess.DEVNULL)
        return done.stderr.decode(errors="replace")
    except (ValueError, RecursionError, MemoryError):
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("scripts", nargs="+")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    program = os.path.abspath(options.program)
    tried = refused = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "broken.py")
        while tried < options.count:
            source = chance.choice(options.scripts)
            with open(source, encoding="utf-8") as f:
                text = broken(chance, f.read())
            with open(path, "w", encoding="utf-8", newline="") as f:
                f.write(text)
            wanted = expected(text, path)
            if wanted is None:
                continue
            tried += 1
            done = subprocess.run([program, path], capture_output=True, timeout=20,
                                  stdin=subprocess.DEVNULL)
            got = done.stderr.decode(errors="replace")
            if "SyntaxError: adder: " in got:
                refused += 1
            elif done.returncode != 1 or done.stdout or got != wanted:
                failed += 1
                if failed <= 10:
                    print(f"# {os.path.basename(source)}, status {done.returncode}")
                    print("# python3: " + wanted.replace(path, "").replace("\n", "\n#   "))
                    print("# adder:   " + got[-600:].replace(path, "").replace("\n", "\n#   "))
    what = f"{tried} broken scripts, seed {options.seed}, {refused} refused by name"
    print("not ok" if failed else "ok", "-", what + (f", {failed} differ" if failed else ""))
    return 1 if failed else 0


sys.exit(main())
