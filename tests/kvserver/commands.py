# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Random commands of those that kvserver and Redis both know, from a seed.

A template is a line of words: one in small letters, or a single capital, stands for
what is drawn for it (see DRAW); one with '+' for one or more of them, with '?' for none
or one; [A|B] for one of those; anything else is itself. A semicolon parts commands that
belong together.
"""
import re

TEMPLATES = """
get k
set k v
set k v
set k v EX secs
set k v PX millis
set k v EXAT stamp
set k v PXAT mstamp
set k v [NX|XX|nx|xx] [GET|KEEPTTL|get|keepttl]
set k v [NX|XX] [EX|PX] secs
set k v KEEPTTL [GET|KEEPTTL|EX|NX] secs?
set k v GET
set k v opt opt
setnx k v
setex k secs v
psetex k millis v
getset k v
getdel k
getex k
getex k [EX|PX|ex|px] secs
getex k [EXAT|PXAT] mstamp
getex k PERSIST
getex k opt opt
append k v
strlen k
getrange k index index
substr k index index
setrange k offset v
mget k+
mset kv+
msetnx kv+
incr k
decr k
incrby k int
decrby k int
incrbyfloat k float
del k+
unlink k+
exists k+
touch k+
type k
expire k secs
expire k secs [NX|XX|GT|LT]
expire k secs opt opt
pexpire k millis [NX|XX|GT|LT]
pexpire k millis
expireat k stamp
expireat k stamp [NX|XX|GT|LT]
pexpireat k mstamp
ttl k
pttl k
expiretime k
pexpiretime k
persist k
rename k k
renamenx k k
randomkey
keys pattern
scan 0 COUNT 1000000
scan 0 COUNT 1000000 MATCH pattern
scan 0 COUNT 1000000 TYPE [string|list|hash|set|zset|nonsense]
scan cursor opt int
dbsize
lpush k v+
rpush k v+
lpush k v+
rpush k v+
lpushx k v+
rpushx k v+
lpop k
rpop k
lpop k count
rpop k count
llen k
lindex k index
lrange k index index
lrange k 0 -1
lset k index v
ltrim k index index
lrem k index v
linsert k [BEFORE|AFTER|before] v v
linsert k opt v v
lpos k v
lpos k v RANK index
lpos k v COUNT count RANK index MAXLEN count
lpos k v COUNT count
lpos k v opt index
lmove k k [LEFT|RIGHT] [LEFT|RIGHT]
lmove k k opt opt
rpoplpush k k
hset k fv+
hset k fv+
hmset k fv+
hsetnx k f v
hget k f
hmget k f+
hdel k f+
hlen k
hexists k f
hstrlen k f
hgetall k
hkeys k
hvals k
hincrby k f int
hincrbyfloat k f float
hrandfield k
hrandfield k count
hrandfield k count WITHVALUES
hrandfield k 1000 WITHVALUES
hrandfield k count opt
hscan k 0 COUNT 1000000
hscan k 0 COUNT 1000000 MATCH pattern
hscan k cursor opt int
sadd k f+
sadd k f+
srem k f+
smove k k f
sismember k f
smismember k f+
scard k
smembers k
spop k
spop k count
spop k 1000
srandmember k
srandmember k count
srandmember k 1000
sinter k+
sunion k+
sdiff k+
sinterstore k k+
sunionstore k k+
sdiffstore k k+
sintercard 1 k
sintercard 2 k k
sintercard 2 k k LIMIT int
sintercard int k+
sintercard 1 k opt int
sscan k 0 COUNT 1000000
sscan k 0 COUNT 1000000 MATCH pattern
sscan k cursor opt int
object refcount k
object REFCOUNT k
ping
ping v
echo v
time
lastsave
select int
select 0
client getname
client setname field
client id
client nonsense
config set maxclients 1000
config resetstat
config nonsense
hello 2
hello int
hello 2 SETNAME f ; client getname
hello 2 AUTH f v
auth v
auth default v
auth f v
reset
command count
memory usage k
v
v v+
flushall [ASYNC|SYNC|async|v]
flushdb ; dbsize
"""

# About the whole server: left out where several drivers share one.
GLOBAL = {"keys", "scan", "dbsize", "randomkey", "flushall", "flushdb", "config", "lastsave"}

# Known to both and not drawn, with the reason.
LEFT_OUT = {
    "quit": "ends the connection: see limits.py",
    "shutdown": "ends the server: see saving.py",
    "save": "writes a file of each server's own: see saving.py",
    "bgsave": "the same",
    "info": "text of each server's own: see clients.py",
}

INTS = [0, 1, -1, 2, 5, 7, 10, 100, -100, 2**31 - 1, 2**31, -2**31, 2**63 - 1, -2**63, 2**63,
        -2**63 - 1, 2**64, "1.5", "", " 1", "1 ", "+1", "01", "-0", "0x10", "abc", "1e3"]
FLOATS = ["0", "1", "-1", "0.1", "-0.1", "3.0e3", "1.5", "-2.75", "1e17", "1e-5", "100000000",
          "inf", "-inf", "nan", "abc", "", " 1", "1 ", "0x1p4", "1e400", "0.00000000000000001",
          "123456789.123456789"]
OPTIONS = ["NX", "XX", "GT", "LT", "EX", "PX", "EXAT", "PXAT", "KEEPTTL", "GET", "PERSIST", "LEFT",
           "RIGHT", "BEFORE", "AFTER", "COUNT", "MATCH", "TYPE", "LIMIT", "RANK", "MAXLEN",
           "WITHVALUES", "nonsense", "", "10", "-1"]
PATTERNS = ["*", "k*", "k?", "*1", "k[0-4]", "k[^0-4]", "[a-", "k\\1", "", "*?*", "**", "nothing",
            "k[13579]", "[k-k]?", "f*", "\\*", "*\\", "k[\\1-3]", "[^]"]


class Generator:
    """Units of commands, each a list of bytes; a unit is never torn when shrinking."""

    def __init__(self, rng, prefix="", local=False):
        self.rng = rng
        self.keys = [prefix + "k%d" % i for i in range(10)]
        self.local = local
        self.templates = []
        for line in TEMPLATES.strip().splitlines():
            if not (local and line.split()[0] in GLOBAL):
                self.templates.append([part.split() for part in line.split(";")])

    def draw_value(self):
        r = self.rng
        kind = r.random()
        if kind < 0.35:
            return str(r.choice(INTS[:20]))
        if kind < 0.5:
            return r.choice(FLOATS)
        if kind < 0.85:
            return "v%d" % r.randrange(20)
        if kind < 0.97:
            return bytes(r.randrange(256) for _ in range(r.randrange(40)))
        return b"x" * r.choice([63, 64, 65, 255, 1000, 5000, 20000])

    def draw(self, kind):
        r = self.rng
        if kind == "k":
            return r.choice(self.keys)
        if kind == "f" or kind == "field":
            return "f%d" % r.randrange(12) if r.random() < 0.9 else self.draw_value()
        if kind == "v":
            return self.draw_value()
        if kind == "int":
            return r.choice(INTS)
        if kind == "index":
            return r.randrange(-8, 9) if r.random() < 0.85 else r.choice(INTS)
        if kind == "offset":
            return r.choice([0, 0, 1, 2, 5, 30, -1, 2**29, 2**63 - 1, "x"])
        if kind == "count":
            return r.randrange(0, 6) if r.random() < 0.8 else r.choice([-1, -3, 2**63 - 1, -2**63,
                                                                         "x", ""])
        if kind == "float":
            return r.choice(FLOATS)
        if kind in ("secs", "millis"):
            if r.random() < 0.7:
                return r.randrange(1000, 100000) * (1000 if kind == "millis" else 1)
            # What is neither long gone nor far away would expire at its own moment on each.
            return r.choice([0, -1, -1000, 2**62, 2**63 - 1, -2**63, 2**63, "x", "", "1.5"])
        if kind in ("stamp", "mstamp"):
            scale = 1000 if kind == "mstamp" else 1
            if r.random() < 0.7:
                return r.randrange(4000000000, 4100000000) * scale
            return r.choice([0, -1, 1, 1000, 2**62, 2**63 - 1, -2**63, 2**63, "x", ""])
        if kind == "cursor":
            return r.choice([0, 0, 0, "x", -1, "", 2**64, "0 "])
        if kind == "pattern":
            return r.choice(PATTERNS)
        if kind == "opt":
            return r.choice(OPTIONS)
        return None

    def words(self, template):
        r = self.rng
        out = []
        for token in template:
            if token.startswith("["):
                out.append(r.choice(token[1:-1].split("|")))
                continue
            if token in ("kv+", "fv+"):
                for _ in range(r.choice([1, 1, 2, 3, 6])):
                    out += [self.draw(token[0]), self.draw("v")]
                continue
            base = token.rstrip("+?")
            times = 1
            if token.endswith("+"):
                times = r.choice([1, 1, 1, 2, 3, 5])
            elif token.endswith("?"):
                times = r.randrange(2)
            for _ in range(times):
                drawn = self.draw(base)
                out.append(base if drawn is None else drawn)
        return [w if isinstance(w, bytes) else str(w).encode() for w in out]

    def spoil(self, words):
        """Now and then a word too few, too many, or another one."""
        r = self.rng
        # With others about, no word may become a key that is theirs too.
        kind = r.uniform(0.09, 1) if self.local else r.random()
        if kind < 0.03 and len(words) > 1:
            del words[r.randrange(1, len(words))]
        elif kind < 0.06:
            extra = self.draw(r.choice(["k", "v", "int", "opt"]))
            extra = extra if isinstance(extra, bytes) else str(extra).encode()
            words.insert(r.randrange(1, len(words) + 1), extra)
        elif kind < 0.09 and len(words) > 1:
            other = self.draw(r.choice(["k", "v", "int", "opt", "index"]))
            other = other if isinstance(other, bytes) else str(other).encode()
            words[r.randrange(1, len(words))] = other
        elif kind < 0.12:
            words[0] = words[0].upper()
        return sane(words)

    def unit(self):
        commands = [self.words(part) for part in self.rng.choice(self.templates)]
        commands[0] = self.spoil(commands[0])
        if commands[0][0].lower() == b"spop" and len(commands[0]) > 1:
            commands.append([b"del", commands[0][1]])  # what was left differs by then
        return commands


# Expiries that fall due while a test runs would do so at another moment on each server; so
# would keys that are made already expired: Redis keeps them until they are looked at.
NUMBER = re.compile(rb"\s*\+?0*([1-9][0-9]{0,18})\s*$")
KEEPING = {b"set", b"getex", b"setex", b"psetex"}
MOVING = {b"expire", b"pexpire", b"expireat", b"pexpireat"}


def late(word, least):
    number = NUMBER.match(word)
    return b"4000000000000" if number and int(number[1]) < least else word


def sane(words):
    """Keeps short times to live out, wherever spoiling may have put them, and what
    would change a connection or a server for good."""
    name = words[0].lower()
    options = {w.lower() for w in words[2:]}
    if name in KEEPING:
        milliseconds = name == b"psetex" or b"px" in options
        least = 10**12 if options & {b"exat", b"pxat"} else 10**7 if milliseconds else 1000
        at = 3 if name == b"set" else 2
        return words[:at] + [late(w, least) for w in words[at:]]
    if name in MOVING:
        return words[:2] + [late(w, 10**7 if name == b"pexpire" else 1000) for w in words[2:]]
    if name == b"config" and b"maxclients" in words and NUMBER.match(words[-1]):
        return words[:-1] + [b"1000"]
    if name == b"hello" and len(words) > 1 and words[1] == b"3":
        return [words[0], b"2"] + words[2:]
    if name == b"setrange" and len(words) > 3 and words[2] == b"536870912":
        return words[:3] + [b"x"]
    return words


def drawn_commands():
    return {line.split()[0] for line in TEMPLATES.strip().splitlines()} - {"v"}
