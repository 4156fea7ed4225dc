#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# The main job: its answers against a slow independent program and against
# apt-cache, malformed and unusual input, and a short service under each sanitizer.
# Prints TAP lines; status 1 on a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
builds=${TARN_BUILD_DIR:-build}
program=$builds/debug/examples/pkgraph
[ -x "$builds/asan/examples/pkgraph" ] && program=$builds/asan/examples/pkgraph
source tests/verdict.bash

# The bundled sample as a file of its own.
sed -n 's/^    "\(.*\)";\?$/\1/p' examples/pkgraph/sample.c | tr -d '\n' | sed 's/\\n/\n/g' \
    >"$work/sample"
database=/var/lib/dpkg/status
[ -r $database ] || database=$work/sample

# --- answers ---

python3 tests/pkgraph/answers.py "$program" "$work/sample" || status=1
python3 tests/pkgraph/answers.py "$program" "$database" || status=1
if command -v apt-cache >/dev/null && [ -r /var/lib/dpkg/status ]; then
    python3 tests/pkgraph/apt.py "$program" /var/lib/dpkg/status || status=1
fi
indexes=()
for list in /var/lib/apt/lists/*_Packages*; do
    [ -r "$list" ] || continue
    indexes+=("$work/$(basename "$list").plain")
    /usr/lib/apt/apt-helper cat-file "$list" >"${indexes[-1]}"
done
if [ ${#indexes[@]} -gt 0 ]; then
    python3 tests/pkgraph/answers.py "$builds/debug/examples/pkgraph" "$database" \
        "${indexes[@]}" || status=1
    "$builds/debug/examples/pkgraph" --status "$database" --query count >"$work/out"
    "$builds/debug/examples/pkgraph" --status "$database" --no-lists --query count \
        "${indexes[@]}" | cmp -s - "$work/out"
    verdict $? 'the indexes that apt has are found and uncompressed'
    rm -f "${indexes[@]}"
fi

# --- inputs ---

same() { # NAME ARGUMENT...: the answers are those about the sample
    local name=$1
    shift
    "$program" --no-lists --query count --query groups "$@" >"$work/out" 2>"$work/err"
    cmp -s "$work/out" "$work/wanted"
    verdict $? "$name"
}
: >"$work/empty"
"$program" --no-lists --query count --query groups --status "$work/sample" >"$work/wanted"
grep -q '^[1-9][0-9]* packages' "$work/wanted"
verdict $? 'the sample has packages'
same 'standard input is read' --status "$work/empty" - <"$work/sample"
same 'a pipe is read' --status "$work/empty" - < <(cat "$work/sample")
same 'an input without records adds nothing' --status "$work/sample" "$work/empty"
same 'records with carriage returns are read' --status "$work/empty" - \
    < <(sed 's/$/\r/' "$work/sample")
same 'without a database the sample is used' --status "$work/none"
grep -q 'none: No such file or directory; using the bundled sample' "$work/err"
verdict $? 'and it says so'
for tool in gzip xz; do
    command -v $tool >/dev/null && [ -x /usr/lib/apt/apt-helper ] || continue
    suffix=${tool/gzip/gz}
    $tool <"$work/sample" >"$work/Packages.$suffix"
    same "an input of $tool is uncompressed" --status "$work/empty" "$work/Packages.$suffix"
done
echo 'no archive' >"$work/broken.xz"

refused() { # NAME ARGUMENT...: status 1
    local name=$1
    shift
    "$program" --no-lists --status "$work/sample" "$@" >"$work/out" 2>"$work/err" </dev/null
    [ $? = 1 ] && [ -s "$work/err" ]
    verdict $? "$name"
}
refused 'a broken archive is status 1' --query count "$work/broken.xz"
refused 'a file that is not there is status 1' --query count "$work/missing"
refused 'a folder is status 1' --query count "$work"
refused 'an unknown package is status 1' --query 'closure no-such-package'
refused 'an unknown question is status 1' --query 'why bash'
refused 'a question without its package is status 1' --query closure
refused 'a number of readers that is none is status 1' --readers x
refused 'half a loader is status 1' --loaders 1.5

# --- malformed input ---

python3 tests/pkgraph/planted.py "$program" "$database" || status=1
python3 tests/pkgraph/noise.py "$program" "$database" 30 || status=1

# expect STATUS TEXT NAME < input
expect() {
    "$program" --no-lists --status "$work/empty" --query count - >"$work/out" 2>"$work/err"
    local got=$?
    [ $got = "$1" ] && { [ -z "$2" ] || grep -qF -- "$2" "$work/err"; }
    local met=$?
    verdict $met "$3"
    [ $met = 0 ] || sed "s/^/# status $got: /" "$work/err"
}
printf 'Package: a\nVersion: 1\n\nnonsense\nVersion: 2\n' |
    expect 2 'pkgraph: -:4: a line that is neither' 'a fault is named by file, line and reason'
printf 'Package: a\nVersion: 1\nDepends: b' | expect 0 '' 'a last line without its newline is taken'
printf 'Package: a\nVersion: 1\nDepends: b (>= 1' |
    expect 2 'closing parenthesis' 'and refused if it is malformed'
printf 'Package: a\nStatus: install ok installed\n' |
    expect 2 'a package without a version' 'a package without a version is refused'
printf 'Package:\nVersion: 1\n' | expect 2 'without the name' 'an empty name is refused'
printf '\n\n \n\t\n' | expect 0 '' 'blank lines are no records'
head -c 300000 /dev/urandom | expect 2 'record skipped' 'noise does no harm'
head -c 300000 /dev/zero | expect 2 'NUL byte' 'zeroes do no harm'

# --- the service ---

for preset in release debug tsan asan; do
    program=$builds/$preset/examples/pkgraph
    [ -x "$program" ] || continue
    runner=()
    if [ $preset = tsan ] && ! "$program" --version >/dev/null 2>&1; then
        runner=(setarch -R)
    fi
    TSAN_OPTIONS="${TSAN_OPTIONS-} exitcode=66" "${runner[@]}" "$program" --no-lists --seconds 4 \
        --reload-every 0.02 --readers 4 --loaders 3 --json "$work/report.json" \
        --status "$database" >"$work/out" 2>"$work/err"
    verdict $? "$preset: serves, reloads and leaves nothing"
    sed 's/^/# /' "$work/err" | head -20
    python3 - "$work/report.json" <<'PY' >"$work/out" 2>&1
import json, sys
r = json.load(open(sys.argv[1]))
o = r["objects"]
assert o["left"] == 0, o
assert o["made"] == o["freed"] > o["freed_by_collector"] > 0, o
assert r["reloads"] > 2 and r["failed_reloads"] == r["skipped"] == 0, r
assert all(h["count"] > 0 for h in r["latency"].values()), r["latency"]
assert r["pauses"]["time stopped"]["count"] >= sum(c["run"] for c in r["collections"]), r
PY
    verdict $? "$preset: the report adds up"
    sed 's/^/# /' "$work/out" | tail -3
done

# Two hundred graphs go through the heap; memory must be that of a few of them.
program=$builds/release/examples/pkgraph
if [ -x "$program" ]; then
    "$program" --no-lists --status "$database" --seconds 20 --reload-every 0.001 --reloads 200 \
        --json "$work/report.json" >/dev/null 2>"$work/err"
    python3 - "$work/report.json" <<'PY' >"$work/out" 2>&1
import json, sys
r = json.load(open(sys.argv[1]))
first, second = r["rss_kib"]["halves"]
assert r["reloads"] >= 20, r["reloads"]
assert second <= first * 1.25 + 2048, (first, second)
PY
    verdict $? 'memory is flat over the reloads'
    sed 's/^/# /' "$work/out" | tail -3
fi

# A reload whose input is gone leaves the old graph in service.
cp "$work/sample" "$work/leaving"
program=$builds/debug/examples/pkgraph
serving() { # waits until the service that writes to out has begun
    local i
    for ((i = 0; i < 600; i++)); do
        grep -q serving "$work/out" && return
        sleep 0.1
    done
}
: >"$work/out"
"$program" --no-lists --status "$work/leaving" --seconds 60 --reloads 2 >"$work/out" 2>"$work/err" &
serving
rm "$work/leaving"
wait $!
[ $? = 1 ] && grep -q 'failed; the old graph was served on' "$work/out"
verdict $? 'an input that goes away is said, and the old graph served on'

# Told to end, it ends at once and still reports.
: >"$work/out"
"$program" --no-lists --status "$work/sample" --seconds 60 >"$work/out" 2>"$work/err" &
pid=$!
serving
kill -TERM $pid
wait $pid
[ $? = 0 ] && grep -q ' 0 left when the heap ended' "$work/out"
verdict $? 'a signal ends the service with its report'

# Progress is for terminals.
if command -v script >/dev/null; then
    script -qec "$program --no-lists --status $work/sample --seconds 1" /dev/null \
        >"$work/out" </dev/null
    grep -q 'answers/s' "$work/out"
    verdict $? 'progress is shown on a terminal'
fi
"$program" --no-lists --status "$work/sample" --seconds 1 >"$work/out" 2>&1
! grep -q 'answers/s' "$work/out"
verdict $? 'and nowhere else'
exit $status
