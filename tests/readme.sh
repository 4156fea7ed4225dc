#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# Tries what the documents say: every C block of the README and of docs/ that has
# a main() compiles without warnings and prints what the next block shows.
# Prints TAP lines; status 1 on a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
build=${TARN_BUILD_DIR:-build}/debug
library=$build/src/libtarn.a
source tests/verdict.bash

# Runs C block N of FILE; its output must be the plain block that follows it.
try() {
    local file=$1 n=$2
    python3 - "$file" "$n" "$work" <<'PY'
import re, sys
file, n, work = sys.argv[1], int(sys.argv[2]), sys.argv[3]
text = open(file).read()
blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.S | re.M)
programs = [i for i, (lang, body) in enumerate(blocks) if lang == "c" and "int main" in body]
i = programs[n - 1]
open(work + "/block.c", "w").write(blocks[i][1])
open(work + "/expected", "w").write(blocks[i + 1][1])
PY
    gcc -std=gnu11 -Wall -Wextra -Werror -Iinclude "$work/block.c" "$library" -lurcu-bp -lpthread \
        -o "$work/block" 2>"$work/errors"
    verdict $? "$file: program $n compiles without warnings"
    sed 's/^/# /' "$work/errors"
    "$work/block" >"$work/output" 2>&1
    verdict $? "$file: program $n succeeds"
    diff "$work/expected" "$work/output" | sed 's/^/# /'
    verdict "${PIPESTATUS[0]}" "$file: program $n prints what the text shows"
}

programs() {
    grep -c '^int main' "$1"
}

for file in README.md docs/*.md; do
    for n in $(seq 1 "$(programs "$file")"); do
        try "$file" "$n"
    done
done

# Every file that a document links to is there.
for file in README.md docs/*.md; do
    for target in $(grep -oE '\]\([^)#:]+\)' "$file" | tr -d '()]'); do
        [ -e "$target" ] || [ -e "$(dirname "$file")/$target" ]
        verdict $? "$file: $target is there"
    done
done
exit $status
