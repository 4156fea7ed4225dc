#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# libtarn-malloc under programs that nobody here wrote, and under two small ones that
# call the whole family. Where a program's output says what it computed, it must be
# what it prints without the library. Prints TAP lines; status 1 on a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
build=${TARN_BUILD_DIR:-build}/release
library=$(realpath "$build/src/libtarn-malloc.so")
source tests/verdict.bash
server=''
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

# with COMMAND...: runs it under the library.
with() { LD_PRELOAD=$library timeout 300 "$@"; }

# lacks PROGRAM WHAT: says so where a machine does not have it.
lacks() {
    command -v "$1" >/dev/null && return 1
    echo "skip - $2: no $1 here"
}

# same WHAT COMMAND...: its output under the library is the one without.
same() {
    local what=$1
    shift
    lacks "$1" "$what" && return
    timeout 300 "$@" >"$work/expected" 2>&1 </dev/null
    with "$@" >"$work/said" 2>&1 </dev/null
    cmp -s "$work/expected" "$work/said"
    verdict $? "$what"
}

# ------------------------------------------------------------- the family ----

family() {
    local program=$1 what=$2
    shift 2
    if ! "$@" "$program" -o "$work/program" -pthread -ldl >"$work/said" 2>&1; then
        verdict 1 "$what compiles"
        return
    fi
    with "$work/program" >"$work/said" 2>&1
    local result=$?
    sed "s/ - / - $what: /" "$work/said" | grep -E '^(ok|not ok) ' || true
    verdict $result "$what, preloaded"
    "$@" "$program" -o "$work/program" "$library" -Wl,-rpath,"$(dirname "$library")" -pthread -ldl &&
        "$work/program" >"$work/said" 2>&1
    verdict $? "$what, linked"
}

family tests/front/family.c 'malloc family' cc -std=gnu11 -O1 -fno-builtin
family tests/front/new.cpp 'new and delete' c++ -std=c++17 -O1 -fno-builtin

undefined=$(nm -D --undefined-only "$library" | grep -E 'urcu|CXX|GLIBCXX')
[ -z "$undefined" ]
verdict $? 'the library needs libc alone'

# --------------------------------------------------------------- programs ----

same 'perl: hashes and strings' perl -e '
    my %h; $h{$_} = $_ x ($_ % 9) for 1 .. 150000; my $n = 0; $n += length for values %h;
    my @s = sort { $a cmp $b } keys %h; print "$n $s[77] $#s\n"; undef %h; print "done\n"'

same 'sqlite3: a table, an index, a join' sqlite3 :memory: '
    create table t(a integer primary key, b text);
    with recursive c(x) as (select 1 union all select x + 1 from c where x < 60000)
      insert into t select x, hex(x * 7919 % 60013) from c;
    create index i on t(b);
    select count(*), sum(a), max(b) from t;
    select count(*) from t x join t y on x.b = y.b where x.a % 3 = 0;
    delete from t where a % 2; vacuum; select count(*) from t;'

git_work() {
    local dir=$1
    git init -q "$dir" && cd "$dir" || return
    git config user.email nobody@example.org && git config user.name Nobody
    local i
    for i in $(seq 1 30); do
        seq "$i" $((i * 40)) >"file$((i % 7))"
        git add . && git commit -q -m "change $i"
    done
    git gc -q --aggressive --prune=now && git fsck --full && git log --format=%s | sort | md5sum
    git -c pack.threads=4 repack -adfq && git diff HEAD~20 --stat | tail -1
}
if ! lacks git 'git'; then
    export -f git_work
    bash -c "git_work '$work/plain'" >"$work/expected" 2>/dev/null
    with bash -c "git_work '$work/preloaded'" >"$work/said" 2>&1
    diff <(tail -n 2 "$work/expected") <(tail -n 2 "$work/said") >/dev/null
    verdict $? 'git: thirty commits, gc, fsck, repack in four threads'
fi

python=/usr/bin/python3
if [ -x $python ] && $python -c 'import test.test_gc' 2>/dev/null; then
    for name in test_gc test_json test_threading test_weakref; do
        PYTHONMALLOC=malloc with $python -m test -q "$name" >"$work/said" 2>&1 </dev/null
        verdict $? "CPython's $name, PYTHONMALLOC=malloc"
    done
else
    echo "skip - CPython's own tests: no libpython3.11-testsuite here"
fi

compile() {
    mkdir -p "$1" && find src -name '*.c' ! -path '*/front/*' -print0 |
        xargs -0 -P 4 -I{} sh -c \
            'gcc -std=gnu11 -D_GNU_SOURCE -O2 -Iinclude -Isrc -c "$2" -o "$1/$(echo "$2" | tr / _).o"' \
            - "$1" {}
}
export -f compile
with bash -c "compile '$work/with'" >"$work/said" 2>&1
verdict $? 'gcc: tarn itself, four compilers at once'
compile "$work/without"
diff -rq "$work/with" "$work/without" >"$work/said" 2>&1
verdict $? 'gcc: the objects are the same to the byte'

redis() {
    local socket=$work/redis.sock tests=set,get,incr,lpush,lrange_100,hset,zadd,spop
    with redis-server --port 0 --unixsocket "$socket" --save '' --appendonly no \
        --dir "$work" >"$work/server" 2>&1 &
    server=$!
    local i
    for i in $(seq 100); do
        [ -S "$socket" ] && break
        sleep 0.1
    done
    redis-benchmark -s "$socket" -q -n 20000 -r 20000 -P 8 -t $tests >"$work/said" 2>&1 &&
        redis-cli -s "$socket" bgsave >>"$work/said" 2>&1 && sleep 1 &&
        redis-cli -s "$socket" flushall >>"$work/said" 2>&1 &&
        redis-cli -s "$socket" shutdown nosave >>"$work/said" 2>&1
    wait "$server"
    local result=$?
    server=''
    return $result
}
if ! lacks redis-server 'redis-server under redis-benchmark'; then
    redis
    verdict $? 'redis-server under redis-benchmark, with a child that saves'
    ! grep -q 'tarn:' "$work/server"
    verdict $? 'redis-server: nothing was misused'
fi
exit $status
