#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# The main job: its answers against a slow independent program and against
# apt-cache, malformed input, and a short service under each sanitizer.
# Prints TAP lines; status 1 on a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
builds=${TARN_BUILD_DIR:-build}
program=$builds/debug/examples/pkgraph
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

verdict() {
    if [ "$1" = 0 ]; then
        echo "ok - $2"
    else
        echo "not ok - $2"
        status=1
    fi
}

# --- answers ---

database=/var/lib/dpkg/status
if [ ! -r $database ]; then
    database=$work/sample
    sed -n 's/^    "\(.*\)"$/\1/p' examples/pkgraph/sample.c | tr -d '\n' | sed 's/\\n/\n/g' >"$database"
fi
python3 tests/pkgraph/answers.py "$program" "$database" || status=1

# --- apt-cache, pointed at the same file and nothing else ---

if command -v apt-cache >/dev/null && [ -r /var/lib/dpkg/status ]; then
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache"
    apt=(apt-cache -o Dir::State::status=/var/lib/dpkg/status -o Dir::State::lists="$work/apt/lists"
        -o Dir::Cache="$work/apt/cache" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
        -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=/dev/null
        -o APT::Architectures::="$(dpkg --print-architecture)")
    only=(--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances)
    for package in bash perl dpkg apt python3 gcc git; do
        "$program" --no-lists --query "depends $package" >"$work/ours" 2>/dev/null || continue
        # Names that nobody has, in angle brackets with no provider below, are no edges here.
        "${apt[@]}" depends "${only[@]}" "$package" 2>/dev/null |
            sed -nE 's/^ [ |](Depends|PreDepends): <?([^:>]+)(:[^>]*)?>?$/\2/p' |
            sort -u >"$work/apt-all"
        while read -r name; do
            "$program" --no-lists --query "depends $name" >/dev/null 2>&1 && echo "$name"
        done <"$work/apt-all" >"$work/theirs"
        diff <(sort "$work/ours") "$work/theirs" >"$work/difference"
        verdict $? "apt-cache depends $package agrees"
        sed 's/^/# /' "$work/difference"
    done
fi

# --- malformed input ---

# expect STATUS TEXT NAME < input: runs a count over standard input.
expect() {
    "$program" --no-lists --status "$work/empty" --query count - >"$work/out" 2>"$work/err"
    local got=$?
    [ $got = "$1" ] && { [ -z "$2" ] || grep -qF -- "$2" "$work/err"; }
    verdict $? "$3"
    [ $status = 0 ] || sed "s/^/# status $got: /" "$work/err"
}
: >"$work/empty"
printf 'Package: a\nVersion: 1\n\nnonsense\nVersion: 2\n' |
    expect 2 '-:4: a line that is neither' 'a line without a colon is named by file, line and reason'
printf 'Version: 1\n\nPackage: b\nVersion: 1\n' |
    expect 2 '-:1: a record without the name' 'a record without a name is skipped'
printf 'Package: a\nVersion: 1\nVersion: 2\n' |
    expect 2 '-:3: a field that the record has already' 'a field that comes twice is refused'
printf 'Package: a\nVersion: 1\nDepends: b (>= 1\n' |
    expect 2 'without its closing parenthesis' 'an open parenthesis is refused'
printf 'Package: a\nVersion: 1\nDepends: b |\n' |
    expect 2 'an alternative that is missing' 'a missing alternative is refused'
printf 'Package: a\nVersion: 1\nDepends: b,, c\n' |
    expect 2 'an empty dependency' 'an empty dependency is refused'
printf 'Package: a\0b\nVersion: 1\n' | expect 2 'a NUL byte' 'a NUL byte is refused'
printf ' continued\nPackage: a\nVersion: 1\n' |
    expect 2 'a continuation line without a field' 'a continuation of nothing is refused'
{ printf 'Package: a\nVersion: 1\nDepends: '; head -c 2000000 /dev/zero | tr '\0' x; echo; } |
    expect 2 'longer than a mebibyte' 'an over-long line is refused'
printf 'Package: a\nVersion: 1\nDepends: b' | expect 0 '' 'a last line without its newline is taken'
head -c 100000 /dev/urandom >"$work/noise"
"$program" --no-lists --status "$work/noise" --query count >/dev/null 2>&1
[ $? -le 2 ]
verdict $? 'noise does no harm'
"$program" --no-lists --status "$work/none" --query count >"$work/out" 2>"$work/err"
grep -q 'bundled sample' "$work/err"
verdict $? 'without a database it says so and uses the sample'
"$program" --no-lists --query 'closure no-such-package' >/dev/null 2>&1
[ $? = 1 ]
verdict $? 'an unknown package is status 1'
"$program" "$work/missing-file" --query count >/dev/null 2>&1
[ $? = 1 ]
verdict $? 'a missing file is status 1'

# --- the service ---

for preset in debug tsan asan; do
    program=$builds/$preset/examples/pkgraph
    [ -x "$program" ] || continue
    runner=()
    if [ $preset = tsan ] && ! "$program" --version >/dev/null 2>&1; then
        runner=(setarch -R)
    fi
    TSAN_OPTIONS=exitcode=66 "${runner[@]}" "$program" --no-lists --seconds 4 --reload-every 0.05 \
        --readers 4 --loaders 3 --json "$work/report.json" >"$work/out" 2>"$work/err"
    verdict $? "$preset: serves, reloads and leaves nothing"
    sed 's/^/# /' "$work/err" | head -20
    python3 - "$work/report.json" <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))
sys.exit(not (r["left"] == 0 and r["reloads"] > 2 and r["made"] == r["freed"]
              and r["freed_by_collector"] > 0 and sum(r["answers"]) > 0))
PY
    verdict $? "$preset: the report adds up"
done
exit $status
