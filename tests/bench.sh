#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# Every benchmark runs, on tiny work, and its JSON is sound; no timing is judged.
# Prints TAP lines; status 1 on a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
program=${TARN_BUILD_DIR:-build}/release/bench/tarn-bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

for name in alloc count slot collect stop; do
    if "$program" --quick --rounds 5 --json "$work/$name.json" $name >"$work/out" 2>&1 &&
        python3 - "$work/$name.json" <<'PY'
import json, sys
rows = json.load(open(sys.argv[1]))
for row in rows:
    for r in row["rows"]:
        assert r.get("ns", r.get("value", -1)) >= 0, row
sys.exit(not rows)
PY
    then
        echo "ok - benchmark $name runs and writes JSON"
    else
        echo "not ok - benchmark $name runs and writes JSON"
        sed 's/^/# /' "$work/out"
        status=1
    fi
done
exit $status
