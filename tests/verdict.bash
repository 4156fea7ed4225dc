# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# For the scripts beside it, which print TAP lines: a directory of their own in $work,
# and $status, which is 1 once a case has failed.
work=$(mktemp -d)
status=0
trap 'rm -rf "$work"' EXIT

# verdict STATUS CASE: the case's line, and the end of $work/said if it failed.
verdict() {
    if [ "$1" = 0 ]; then
        echo "ok - $2"
    else
        echo "not ok - $2"
        [ -f "$work/said" ] && tail -n 25 "$work/said" | sed 's/^/# /'
        status=1
    fi
}
