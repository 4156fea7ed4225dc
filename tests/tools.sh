#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# A user's tools see through the library: a program built with a sanitizer, or run by
# Valgrind, over the libraries as they are installed. What is planted is reported, what
# is correct is not, and no suppression is needed. Prints TAP lines.
set -uo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${TARN_BUILD_DIR:-build}/release/src")
source tests/verdict.bash
export TSAN_OPTIONS="exitcode=66" ASAN_OPTIONS="exitcode=67"

runner=()
(($(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28) > 28)) && setarch -R true 2>/dev/null &&
    runner=(setarch -R)

# build NAME PROGRAM LIBRARY FLAGS...
build() {
    local name=$1 program=$2 library=$3
    shift 3
    cc -std=gnu11 -O1 -g -Iinclude "$@" "tests/tools/$program.c" -o "$work/$name" \
        -L"$build" -l"$library" -Wl,-rpath,"$build" -pthread
}

# silent WHAT COMMAND...: ends with status 0 and says nothing on standard error.
silent() {
    local what=$1
    shift
    timeout 120 "$@" >"$work/out" 2>"$work/said"
    local result=$?
    [ $result = 0 ] && [ ! -s "$work/said" ] && grep -q ', 0 left' "$work/out"
    verdict $? "$what"
}

# reported WHAT STATUS PATTERN COMMAND...
reported() {
    local what=$1 expected=$2 pattern=$3
    shift 3
    timeout 120 "$@" >"$work/said" 2>&1
    local result=$?
    [ $result = "$expected" ] && grep -qE "$pattern" "$work/said"
    verdict $? "$what"
}

for library in tarn tarn_tsan; do
    build clean clean $library -fsanitize=thread && build planted planted $library -fsanitize=thread
    silent "ThreadSanitizer, lib$library: a correct program" "${runner[@]}" "$work/clean"
    for fault in race-in-an-object race-in-a-block; do
        reported "ThreadSanitizer, lib$library: $fault" 66 'WARNING: ThreadSanitizer: data race' \
            "${runner[@]}" "$work/planted" $fault
    done
done

build clean clean tarn -fsanitize=address,undefined && build planted planted tarn -fsanitize=address
silent 'AddressSanitizer: a correct program' env ASAN_OPTIONS=detect_leaks=0 "$work/clean"
for fault in read-freed read-beyond read-dead-object; do
    reported "AddressSanitizer: $fault" 67 'AddressSanitizer: (use-after-poison|heap-use)' \
        "$work/planted" $fault
done

if command -v valgrind >/dev/null; then
    build clean clean tarn && build planted planted tarn
    silent 'Valgrind: a correct program' valgrind -q --error-exitcode=68 "$work/clean" 300
    for fault in read-freed read-beyond read-dead-object; do
        reported "Valgrind: $fault" 68 'Invalid read of size' \
            valgrind --error-exitcode=68 "$work/planted" $fault
    done
    reported 'Valgrind: where a freed block came from' 68 'block was alloc.d at|free.d' \
        valgrind --error-exitcode=68 "$work/planted" read-freed
    reported 'Valgrind: leak' 68 '100 bytes in 1 blocks are definitely lost' \
        valgrind --leak-check=full --error-exitcode=68 "$work/planted" leak
else
    echo 'skip - Valgrind: not here'
fi
exit $status
