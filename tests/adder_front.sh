#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# The front end of examples/adder against CPython 3.11: wrong programs, what a prompt waits
# for, spoiled programs under the sanitizers, and the trees of python3's own library.
#
#   tests/adder_front.sh [SECONDS of fuzzing, 20] [SEED, 1]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-/usr/bin/python3}
here=$root/tests/adder/front
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then
    echo "skipped: $python is not CPython 3.11"
    exit 0
fi

build() { # name, flags
    name=$1
    shift
    sources=$(ls "$root"/examples/adder/front/*.c "$here"/*.c | grep -v /front/value.c)
    # shellcheck disable=SC2086
    ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Werror "$@" \
        -I"$root/examples/adder" -I"$root/include" -I"$here" $sources -lpthread -o "$work/$name"
}

prompt() { # what is expected, text
    printf "$2" >"$work/prompt.py"
    found=$("$work/plain" --incomplete "$work/prompt.py")
    if [ "$found" != "$1" ]; then
        echo "prompt: '$2' is $found, expected $1"
        exit 1
    fi
}

build plain -O2
build sanitized -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
"$python" "$here/errors.py" "$work/sanitized" "$python" "$here/errors.txt"
prompt complete 'x = 1\n'
prompt complete '\n'
prompt incomplete 'x = (1,\n'
prompt incomplete 'x = """a\n'
prompt incomplete 'x = 1 + \\\n'
prompt incomplete 'if x:\n'
prompt incomplete 'if x:\n    y\n'
prompt incomplete '@x\n'
prompt incomplete 'def f():\n    # nothing\n'
prompt complete 'if x:\n    y\n\n'
prompt complete 'if x: y\n\n'
prompt incomplete 'try:\n    y\n'
prompt wrong 'x = = 1\n'
prompt wrong 'x = )\n'
prompt wrong 'x = "a\n'
"$python" "$here/fuzz.py" "$work/sanitized" "${1:-20}" "${2:-1}"
"$python" "$here/corpus.py" "$work/plain"
