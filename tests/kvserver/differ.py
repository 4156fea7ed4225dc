#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""The same random commands to two servers, their replies compared.

Usage: differ.py SOCKET SOCKET [--seed N] [--rounds N] [--seconds S] [--commands N]
                 [--prefix P]   (one of several that share the servers: own keys only)
Prints the seed first. Each round begins empty and has a seed of its own, seed + round;
a difference is printed with the shortest sequence that still shows it. Status 1 on a
difference, 2 when a server went away.
"""
import argparse
import random
import sys
import time

from commands import Generator
from resp import Broken, Connection, frame
from shapes import same

CHUNK = 40  # units that travel together


def show(words):
    def quote(w):
        text = w.decode("latin-1")
        if len(text) > 100:
            return repr(text[:20]) + "*%d" % len(text)
        return text if text and text.isprintable() and " " not in text and \
            text.isascii() and '"' not in text and "\\" not in text else \
            '"' + "".join(c if 32 <= ord(c) < 127 and c not in '"\\' else "\\x%02x" % ord(c)
                          for c in text) + '"'
    return " ".join(quote(w) for w in words)


class Pair:
    def __init__(self, addresses, keys, local):
        self.addresses = addresses
        self.keys = keys
        self.local = local
        self.connect()

    def connect(self):
        self.sides = [Connection(a) for a in self.addresses]

    def clear(self):
        for side in self.sides:
            side.call("RESET")
            if self.local:
                side.call("DEL", *self.keys)
            else:
                side.call("FLUSHALL")

    def exchange(self, commands, rng):
        """Both sides' replies; what is sent is cut anywhere, by the seed."""
        data = b"".join(frame(c) for c in commands)
        cut = rng.randrange(len(data) + 1)
        for side in self.sides:
            side.send(data[:cut])
            if cut < len(data):
                side.send(data[cut:])
        return [self.replies(side, commands, name) for side, name in
                zip(self.sides, ("left", "right"))]

    @staticmethod
    def replies(side, commands, name):
        """The replies to the commands, or word of where they ended."""
        got = []
        try:
            for _ in commands:
                got.append(side.reply())
        except (Broken, OSError) as e:
            before = "; ".join(show(c) for c in commands[max(0, len(got) - 3):len(got) + 1])
            raise Broken("%s, %d of %d replies came, the last asked: %s: %r" % (
                name, len(got), len(commands), before, e)) from e
        return got


def contents(keys):
    """Commands that show all there is at the end of a round."""
    out = []
    for key in keys:
        for verb in ("type", "get", "smembers", "hgetall", "pttl", "exists", "object refcount"):
            out.append([w.encode() for w in verb.split()] + [key.encode()])
        out.append([b"lrange", key.encode(), b"0", b"-1"])
    return out


def first_difference(pair, units, rng):
    """(command, left, right), or None. The state before is what clear() leaves."""
    pair.clear()
    for at in range(0, len(units), CHUNK):
        commands = [c for unit in units[at:at + CHUNK] for c in unit]
        left, right = pair.exchange(commands, rng)
        for words, a, b in zip(commands, left, right):
            if not same(words, a, b):
                return words, a, b
    commands = contents(pair.keys) + ([] if pair.local else [[b"dbsize"], [b"keys", b"*"]])
    left, right = pair.exchange(commands, rng)
    for words, a, b in zip(commands, left, right):
        if not same(words, a, b):
            return words, a, b
    return None


def shrink(pair, units, rng):
    """Leaves units out as long as some difference stays."""
    size = max(1, len(units) // 2)
    end = time.time() + 20
    while size and time.time() < end:
        at = 0
        while at < len(units) and time.time() < end:
            fewer = units[:at] + units[at + size:]
            if fewer and first_difference(pair, fewer, rng):
                units = fewer
            else:
                at += size
        size //= 2
    return units


def round_of(pair, seed, options):
    """Runs one round; returns how many commands, or None with the difference printed."""
    rng = random.Random(seed)
    generator = Generator(rng, options.prefix, pair.local)
    pair.keys = generator.keys
    units = [generator.unit() for _ in range(options.commands)]
    found = first_difference(pair, units, rng)
    if not found:
        return sum(len(u) for u in units)
    print("round with --seed %d: the replies differ:" % seed)
    units = shrink(pair, units, rng)
    words, a, b = first_difference(pair, units, rng) or found
    for unit in units[-30:]:
        for command in unit:
            print("  " + show(command))
    print("at: %s\n  left:  %.300r\n  right: %.300r" % (show(words), a, b))
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sockets", nargs=2)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--rounds", type=int, default=10**9)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--commands", type=int, default=1000)
    parser.add_argument("--prefix", default="")
    parser.add_argument("--all", action="store_true", help="go on after a difference")
    options = parser.parse_args()
    if not options.seconds and options.rounds == 10**9:
        options.rounds = 20
    print("seed %d" % options.seed, flush=True)
    pair = Pair(options.sockets, [], bool(options.prefix))
    end = time.time() + (options.seconds or 10**9)
    total, differences, rounds = 0, 0, 0
    while rounds < options.rounds and time.time() < end:
        try:
            done = round_of(pair, options.seed + rounds, options)
        except (Broken, OSError) as e:
            print("round with --seed %d: a server went away: %r" % (options.seed + rounds, e))
            sys.exit(2)
        rounds += 1
        total += done or 0
        differences += done is None
        if differences and not options.all:
            break
    print("%d rounds, %d commands compared, %d differences" % (rounds, total, differences))
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
