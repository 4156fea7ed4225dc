#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# kvserver under real clients, against redis-server, at its limits, killed while it
# saves, and under sanitizers. The seed is TARN_SEED, else one is drawn; it is printed.
# Prints TAP lines; status 1 on a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
builds=${TARN_BUILD_DIR:-build}
export TARN_SEED=${TARN_SEED:-$RANDOM}
python=python3
# Debian's client library belongs to Debian's Python.
/usr/bin/python3 -c 'import redis' 2>/dev/null && python=/usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1
status=0

part() { # PRESET SCRIPT ARGUMENT...: a script of tests/kvserver on a build, if there is one
    local preset=$1 script=$2 program=$builds/$1/examples/kvserver runner=()
    shift 2
    [ -x "$program" ] || return
    if [ "$preset" = tsan ] && ! "$program" --help >/dev/null 2>&1; then
        runner=(setarch -R)
    fi
    "$python" "tests/kvserver/$script.py" "$@" -- "${runner[@]}" "$program" |
        sed -E "s/^((not )?ok|skip) - /&$preset: /"
    [ "${PIPESTATUS[0]}" = 0 ] || status=1
}

echo "# seed $TARN_SEED"
for program in redis-server redis-cli redis-benchmark; do
    if ! command -v $program >/dev/null; then
        echo "skip - kvserver: no $program here"
        exit 0
    fi
done

# Its own seed: what some draw out of redis-server takes longer than a proxy waits.
TARN_SEED=1 "$python" tests/kvserver/planted.py || status=1
part debug access
part debug clients
part debug limits
part debug saving --seed "$TARN_SEED" --damages 100
part asan saving --seed "$TARN_SEED" --damages 12 --kills 3
part asan sanitized --seed "$TARN_SEED" --seconds 6
part tsan sanitized --seed "$TARN_SEED" --seconds 8
part release sanitized --seed "$TARN_SEED" --seconds 4

# The benchmark runs and says what it measures; no figure is judged.
if [ -x "$builds/release/bench/kvserver-load" ]; then
    json=$(mktemp)
    "$python" bench/server/run.py --quick --rounds 1 --only memory --only pauses --json "$json" \
        >/dev/null && "$python" - "$json" <<'PY'
import json, sys
out = json.load(open(sys.argv[1]))
assert all(20 < row["bytes_per_key"] < 1000 for row in out["memory"]), out["memory"]
for row in out["pauses"]["rounds"]:
    assert row["collections"] > 0 and row["with"]["errors"] == 0 < row["with"]["p999_us"], row
PY
    if [ $? = 0 ]; then
        echo 'ok - the benchmark runs'
    else
        echo 'not ok - the benchmark runs'
        status=1
    fi
    rm -f "$json"
fi
exit $status
