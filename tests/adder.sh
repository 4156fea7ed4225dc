#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# The interpreter against CPython: scripts, the prompt, programs from a grammar, threads
# (also under ThreadSanitizer and AddressSanitizer), and memory that runs out.
# Prints TAP lines; status 1 on a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
builds=${TARN_BUILD_DIR:-build}
reference=/usr/bin/python3
source tests/verdict.bash
jobs=2
unset PYTHONPATH PYTHONSTARTUP
export PYTHONDONTWRITEBYTECODE=1

program_of() { # PRESET: its program, if that is built
    [ -x "$builds/$1/examples/adder" ] && realpath "$builds/$1/examples/adder"
}
debug=$(program_of debug)
release=$(program_of release)
program=${release:-$debug}
if [ -z "$program" ]; then
    echo 'skip - adder: it is not built'
    exit 0
fi
if ! $reference -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    echo 'skip - adder: no CPython 3.11 to compare with'
    exit 0
fi

# Modules that other scripts import are no scripts.
mapfile -t scripts < <(grep -L 'Imported by' tests/adder/scripts/*.py)
threads=(tests/adder/threads/*.py)

# --- scripts ---

python3 tests/adder/compare.py "$program" --jobs $jobs "${scripts[@]}" || status=1
[ ${#scripts[@]} -ge 150 ]
verdict $? "there are at least 150 scripts: ${#scripts[@]}"
if [ -n "$debug" ]; then
    python3 tests/adder/compare.py "$debug" --jobs $jobs --name 'debug: ' \
        tests/adder/scripts/{gc,weak,class,textbook}_*.py || status=1
fi

python3 tests/adder/refused.py "$program" || status=1

# --- the prompt ---

python3 tests/adder/prompt.py "$program" tests/adder/prompt/*.txt || status=1

# --- threads ---

python3 tests/adder/compare.py "$program" --jobs $jobs --name 'threads: ' "${threads[@]}" ||
    status=1
for preset in tsan asan; do
    program_here=$(program_of $preset) || continue
    wrap=''
    if [ $preset = tsan ] && ! "$program_here" -c pass >/dev/null 2>&1; then
        wrap='setarch -R'
    fi
    TSAN_OPTIONS="${TSAN_OPTIONS-} exitcode=66" python3 tests/adder/compare.py "$program_here" \
        --wrap "$wrap" --alone --jobs $jobs --limit 60 --name "$preset: threads: " \
        "${threads[@]}" || status=1
done
asan=$(program_of asan)
if [ -n "$asan" ]; then
    mapfile -t quick < <(ls "${scripts[@]}" | grep -vE '/(gc_c08|func_recursion|exc_in_special)')
    ASAN_OPTIONS="${ASAN_OPTIONS-} detect_leaks=0" python3 tests/adder/compare.py "$asan" \
        --jobs $jobs --limit 60 --name 'asan: ' "${quick[@]}" || status=1
fi

# --- a grammar, and scripts broken at random ---
#
# One seed, for a difference that another one finds is no fault of the change that is tested:
# those are looked for with a TARN_SEED of one's own.

python3 tests/adder/fuzz.py "$program" --programs "${ADDER_PROGRAMS:-150}" --jobs $jobs \
    --seed "${TARN_SEED:-1}" || status=1

$reference tests/adder/broken.py "$program" --count 300 --seed "${TARN_SEED:-1}" \
    "${scripts[@]}" || status=1

# --- memory runs out ---

python3 tests/adder/memory.py "$program" || status=1
exit $status
