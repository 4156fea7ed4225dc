#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Compares the trees of the front end with those of CPython's ast module.

    corpus.py ADDER_FRONT [FILE or FOLDER]...

Each file must give the same tree, every place included, or be refused by name ("adder: ...");
one that CPython refuses must be refused. Without files the interpreter's own library is the
corpus. The status is 1 if a file differs.
"""
import ast
import collections
import os
import re
import struct
import subprocess
import sys
import warnings

OMITTED = {'ctx', 'type_comment', 'type_ignores', 'kind'}
NO_PLACE = {'Module', 'comprehension', 'withitem', 'arguments'}


def constant(v):
    if v is None or v is True or v is False:
        return str(v)
    if v is ...:
        return '...'
    if isinstance(v, str):
        return 's' + v.encode('utf-8', 'surrogatepass').hex()
    if isinstance(v, bytes):
        return 'b' + v.hex()
    if isinstance(v, int):
        return 'i%x' % v
    return 'f' + struct.pack('<d', v).hex()


def dump(n, out):
    if isinstance(n, list):
        out.append('[')
        for x in n:
            dump(x, out)
        out.append('],')
    elif not isinstance(n, ast.AST):
        out.append('-,' if n is None else '%s,' % n)
    elif isinstance(n, (ast.operator, ast.unaryop, ast.boolop, ast.cmpop)):
        out.append(type(n).__name__ + ',')
    elif isinstance(n, ast.alias) and n.name == '*':
        out.append('*,')
    else:
        out.append(type(n).__name__)
        if type(n).__name__ not in NO_PLACE:
            out.append('@%d:%d-%d:%d' % (n.lineno, n.col_offset, n.end_lineno, n.end_col_offset))
        out.append('(')
        if isinstance(n, ast.Constant):
            out.append(constant(n.value) + ',')
        else:
            for name in n._fields:
                if name not in OMITTED:
                    dump(getattr(n, name), out)
        out.append('),')


def python_tree(text):
    out = []
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        dump(ast.parse(text), out)
    return ''.join(out)


def files_of(paths):
    for path in paths:
        if not os.path.isdir(path):
            yield path
        for folder, inner, names in os.walk(path):
            inner.sort()
            yield from (os.path.join(folder, n) for n in sorted(names) if n.endswith('.py'))


def compare(program, path):
    """What became of a file: a word, and details."""
    with open(path, 'rb') as f:
        text = f.read()
    done = subprocess.run([program, path], capture_output=True)
    error = done.stderr.decode('utf-8', 'replace').strip().split('\n')[-1]
    refused = re.search(r'adder: (.*) not part of the subset', error)
    if done.returncode not in (0, 1):
        return 'CRASHED', str(done.returncode)
    if refused:
        return 'refused: ' + refused[1], ''
    try:
        expected = python_tree(text)
    except (SyntaxError, ValueError) as e:
        return ('wrong for both', '') if error else ('ACCEPTED', str(e))
    if error:
        return 'REJECTED', error
    found = done.stdout.decode('utf-8', 'surrogatepass').replace('\n', '')
    if found == expected[:-1]:
        return 'same tree', ''
    at = len(os.path.commonprefix([found, expected]))
    return 'DIFFERENT', '\n    %s\n    %s' % (found[max(0, at - 80):at + 60],
                                            expected[max(0, at - 80):at + 60])


def main():
    if hasattr(sys, 'set_int_max_str_digits'):
        sys.set_int_max_str_digits(0)
    sys.setrecursionlimit(20000)
    program, *paths = sys.argv[1:]
    totals = collections.Counter()
    shown = 0
    for path in files_of(paths or [os.path.dirname(os.__file__)]):
        word, details = compare(program, path)
        totals[word] += 1
        if word[0].isupper() and shown < 40:
            print('%s %s %s' % (word, path, details), flush=True)
            shown += 1
    for word, count in sorted(totals.items()):
        print('%6d %s' % (count, word))
    return any(word[0].isupper() for word in totals)


if __name__ == '__main__':
    sys.exit(main())
