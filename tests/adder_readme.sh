#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# The interpreter's README: its quotations, its session at the prompt and its commands, of
# which those that measure are cut short. Prints TAP lines; status 1 on a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
program=${TARN_BUILD_DIR:-build}/release/examples/adder
if [ ! -x "$program" ]; then
    echo 'skip - adder: it is not built'
    exit 0
fi
if ! /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    echo 'skip - adder: no CPython 3.11 to compare with'
    exit 0
fi
exec python3 tests/adder/readme.py "$(realpath "$program")" examples/adder/README.md
