#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# Every benchmark runs, on tiny work, and its JSON is sound; no timing is judged.
# A preload that is not there is found out. Prints TAP lines; status 1 on a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
program=${TARN_BUILD_DIR:-build}/release/bench/tarn-bench
source tests/verdict.bash

check_json() {
    python3 - "$1" "$2" <<'PY'
import json, sys
name, rows = sys.argv[1], json.load(open(sys.argv[2]))["benchmarks"]
for bench in [b for b in rows if b["name"] != "verdict"]:
    for row in bench["rows"]:
        if row.get("present", True):
            assert row.get("ns", row.get("p50", row.get("value", -1))) >= 0, bench
ours = [r for b in rows for r in b["rows"] if r.get("present") and "tarn" in r["variant"]]
assert rows and (ours or name == "stop"), rows
if name in ("alloc", "ref"):
    verdict = [b for b in rows if b["name"] == "verdict"]
    assert len(verdict) == 1 and len(verdict[0]["rows"]) > 10, verdict
PY
}

for name in alloc ref gc collect stop; do
    "$program" --quick --rounds 5 --json "$work/$name.json" "$name" >"$work/said" 2>&1 &&
        check_json "$name" "$work/$name.json" 2>>"$work/said"
    verdict $? "benchmark $name runs and writes JSON"
done

LD_PRELOAD=libnothing-of-this-name.so "$program" --quick --worker pairs --kind malloc \
    --needs libnothing-of-this-name.so >"$work/said" 2>&1
[ $? = 1 ] && grep -q 'malloc is not that of' "$work/said"
verdict $? 'a worker without its preload fails'

"$program" --quick --worker pairs --kind malloc --needs libc.so.6 >"$work/said" 2>&1
verdict $? "a worker with the C library's malloc runs"
exit $status
