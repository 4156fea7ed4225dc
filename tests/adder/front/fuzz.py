#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Spoils pieces of correct programs and compares what the front end and CPython make of them.

    fuzz.py ADDER_FRONT SECONDS SEED [FOLDER]

Each piece must be accepted by both, or refused by both with the same message at the same line,
or be refused by name; the front end (built with sanitizers, best) must not crash. The reference
is the interpreter that runs this. The status is 1 if a piece differs; the seed replays it.
"""
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import warnings

TOKENS = ['(', ')', '[', ']', '{', '}', ':', ',', '.', ';', '=', '==', ':=', '*', '**', '+', '-',
          '->', '@', '%', 'if', 'else', 'for', 'in', 'not', 'and', 'or', 'is', 'lambda', 'yield',
          'from', 'import', 'as', 'def', 'class', 'return', 'try', 'except', 'finally', 'with',
          'while', 'pass', 'break', 'continue', 'global', 'nonlocal', 'del', 'assert', 'raise',
          'None', 'True', 'x', 'y', '1', '0x', '1.5', "'a'", '"', "f'{x}'", "f'{x!r:>{y}}'", 'b""',
          '\n', '\n    ', '\t', ' ', '\\', '#', '...', '+=', '!=', '__debug__', 'print', '0_1']
PIECE = re.compile(r'\w+|\s+|[^\w\s]')


def corpus(folder):
    for where, inner, names in os.walk(folder):
        inner.sort()
        for name in sorted(names):
            path = os.path.join(where, name)
            if name.endswith('.py') and os.path.getsize(path) < 100000:
                yield path


def read_piece(rng, path):
    try:
        with open(path, encoding='utf-8') as f:
            lines = f.read().split('\n')
    except UnicodeDecodeError:
        return ''
    start = rng.randrange(len(lines))
    chosen = lines[start:start + rng.randint(1, 12)]
    width = min((len(x) - len(x.lstrip()) for x in chosen if x.strip()), default=0)
    return '\n'.join(x[width:] for x in chosen)


def spoil(rng, text):
    parts = PIECE.findall(text)
    for _ in range(rng.randint(1, 3)):
        i = rng.randrange(len(parts) + 1)
        what = rng.randrange(4)
        if what == 0:
            parts.insert(i, rng.choice(TOKENS))
        elif what == 1 and parts:
            del parts[min(i, len(parts) - 1)]
        elif what == 2 and parts:
            parts[min(i, len(parts) - 1)] = rng.choice(TOKENS)
        elif parts:
            parts.insert(i, parts[rng.randrange(len(parts))])
    return ''.join(parts) + '\n'


def reference(text):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            compile(text, 'x.py', 'exec', dont_inherit=True)
    except SyntaxError as e:
        return '%s: %s' % (type(e).__name__, e.msg), e.lineno
    return None, None


def judge(program, path, text):
    """What differs, or None; and whether the text was refused by name."""
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    done = subprocess.run([program, '--check', path], capture_output=True)
    error = done.stderr.decode('utf-8', 'replace').strip().split('\n')
    if done.returncode not in (0, 1) or 'Sanitizer' in ' '.join(error):
        return 'crashed: %s' % '\n'.join(error[:20]), False
    if 'adder: ' in error[-1]:
        return None, True
    message, line = reference(text)
    place = re.search(r'line (\d+)$', error[0])
    found = error[-1] if done.returncode else None
    if found == message and (not place or int(place[1]) == line):
        return None, False
    return 'found %s, expected %s line %s' % (' / '.join(error), message, line), False


def main():
    program, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    files = list(corpus(sys.argv[4] if len(sys.argv) > 4 else os.path.dirname(os.__file__)))
    rng = random.Random(seed)
    end = time.time() + seconds
    count = refused = wrong = 0
    print('seed %d, %d files' % (seed, len(files)))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'x.py')
        while time.time() < end:
            text = spoil(rng, read_piece(rng, rng.choice(files)))
            if '\0' in text or 'coding' in text:
                continue
            difference, by_name = judge(program, path, text)
            count += 1
            refused += by_name
            if difference:
                wrong += 1
                print('--- %s\n%s' % (difference, text), flush=True)
    print('%d pieces, %d refused by name, %d differ' % (count, refused, wrong))
    return wrong > 0


if __name__ == '__main__':
    sys.exit(main())
