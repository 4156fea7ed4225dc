# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""The list of what cannot be compared to the byte, and how it is compared instead.

Errors are compared to the byte whatever the command: nothing here excuses one.
"""
from resp import parse


def same_set(a, b):
    """An array in any order."""
    return isinstance(a, list) and isinstance(b, list) and sorted(a) == sorted(b)


def same_pairs(a, b):
    """A flat array of pairs in any order of pairs."""
    if not isinstance(a, list) or not isinstance(b, list) or len(a) != len(b) or len(a) % 2:
        return a == b
    return sorted(zip(a[::2], a[1::2])) == sorted(zip(b[::2], b[1::2]))


def same_scan(words, a, b):
    """From the start, with a COUNT that covers everything: that cursor, and all of it in any
    order. Else each server is somewhere else."""
    if not (same_shape(a[0], b[0]) and isinstance(a[1], list) and isinstance(b[1], list)):
        return False
    name = words[0].lower()
    rest = [w.lower() for w in (words[2:] if name == b"scan" else words[3:])]
    cursor = words[1] if name == b"scan" else words[2]
    if cursor != b"0" or rest.count(b"count") != 1 or b"1000000" not in rest:
        return True
    return a[0] == b[0] and (same_pairs if name == b"hscan" else same_set)(a[1], b[1])


def same_shape(a, b):
    """The same types and lengths; what was drawn may differ."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same_shape(x, y) for x, y in zip(a, b))
    return type(a) is type(b)


def drawn(a, b):
    """Members drawn: as many on both; all of them if the count covers the container."""
    return same_shape(a, b)


def near(slack):
    """Numbers that depend on the moment."""
    def compare(a, b):
        if not isinstance(a, int) or not isinstance(b, int) or a < 0 or b < 0:
            return a == b
        return abs(a - b) <= slack
    return compare


def any_number(a, b):
    return isinstance(a, int) and isinstance(b, int)


def any_list(a, b):
    return isinstance(a, list) and isinstance(b, list)


def hello(a, b):
    """What each says of itself; the names of the figures and their order are the same."""
    return isinstance(a, list) and isinstance(b, list) and a[::2] == b[::2] and a[5] == b[5]


def drawn_or_all(words, a, b):
    """With a count that covers everything what is drawn is all of it."""
    if len(words) > 2 and words[2] == b"1000":
        return same_pairs(a, b) if len(words) > 3 else same_set(a, b)
    return drawn(a, b)


SHAPES = {
    b"hgetall": same_pairs, b"hkeys": same_set, b"hvals": same_set, b"smembers": same_set,
    b"sinter": same_set, b"sunion": same_set, b"sdiff": same_set, b"keys": same_set,
    b"randomkey": same_shape,
    b"ttl": near(1), b"pttl": near(2000), b"expiretime": near(1), b"pexpiretime": near(2000),
    b"time": same_shape, b"lastsave": any_number,
    b"command": any_list, b"object": any_number, b"memory": any_number, b"hello": hello,
}
# These need the request too.
BY_REQUEST = {b"spop": drawn_or_all, b"srandmember": drawn_or_all, b"hrandfield": drawn_or_all,
              b"scan": same_scan, b"sscan": same_scan, b"hscan": same_scan}
SUBCOMMANDS = {(b"client", b"id"): any_number, (b"command", b"count"): any_number}


def same(words, left, right):
    """Whether two raw replies to a request agree."""
    if left == right:
        return True
    if left[:1] == b"-" or right[:1] == b"-":
        return False
    name = words[0].lower()
    a, b = parse(left)[0], parse(right)[0]
    if name in BY_REQUEST:
        return BY_REQUEST[name](words, a, b)
    compare = SUBCOMMANDS.get((name, words[1].lower() if len(words) > 1 else b""))
    compare = compare or SHAPES.get(name)
    if not compare:
        return False
    return compare(a, b)
