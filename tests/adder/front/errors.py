#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Compares what the front end says of wrong programs with what CPython says, byte for byte.

    errors.py ADDER_FRONT PYTHON FILE

The file holds programs, with lines of === between them. The status is 1 if one differs.
"""
import os
import re
import subprocess
import sys
import tempfile


def last_lines(text):
    """Without the warnings, and without the traceback of a failed compilation."""
    lines = text.split('\n')
    start = [i for i, line in enumerate(lines) if line.startswith('  File ')]
    return '\n'.join(lines[start[-1]:]) if start else text


def main():
    program, python, path = sys.argv[1:]
    with open(path, encoding='utf-8') as f:
        cases = f.read().rstrip('\n').split('\n===\n')
    wrong = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, 'x.py')
        for case in cases:
            with open(script, 'w', encoding='utf-8') as f:
                f.write(case + '\n')
            found = subprocess.run([program, '--check', script], capture_output=True, text=True)
            expected = subprocess.run([python, '-W', 'ignore', script], capture_output=True,
                                      text=True)
            refused += 'adder: ' in found.stderr
            a = found.stderr.replace(folder + '/', '')
            b = last_lines(expected.stderr).replace(folder + '/', '')
            if a != b and 'adder: ' not in a:
                wrong += 1
                print('--- program\n%s\n--- found\n%s--- expected\n%s' % (case, a, b))
    print('%d programs, %d refused by name, %d differ' % (len(cases), refused, wrong))
    return wrong > 0


if __name__ == '__main__':
    sys.exit(main())
