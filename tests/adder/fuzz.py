# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Random programs of the subset: adder and CPython must agree, or adder refuse by name.

usage: fuzz.py PROGRAM [--seed N] [--programs N] [--jobs N] [--keep FOLDER] [--show]

A program is a list of top-level blocks, each under try so that an error of any kind is
printed and the rest still runs. It ends whatever it does: loops are counted and functions
call only functions above them. Of a program that differs, blocks are taken away while it
still differs; what is left is printed with the seed that makes it again.
"""
import argparse
import concurrent.futures
import os
import random
import subprocess
import sys
import tempfile

REFERENCE = "/usr/bin/python3"
REFUSED = "SyntaxError: adder: "

INTS = ["0", "1", "-1", "2", "3", "7", "10", "255", "-13", "2 ** 31", "2 ** 61", "2 ** 62",
        "-2 ** 62", "2 ** 63 - 1", "10 ** 20", "-10 ** 25", "True"]
FLOATS = ["0.0", "-0.0", "0.5", "1.5", "-2.25", "1e10", "1e-7", "3.0", "1e300"]
TEXTS = ["''", "'a'", "'abc'", "'häß'", "'日本'", "'a b  c'", "'12'", "'x,y,z'", "'😀!'", '"q\'"']
NAMES = ["a", "b", "c", "d", "e"]
BINARY = ["+", "-", "*", "//", "%", "&", "|", "^", "/", "<<", ">>", "**"]
COMPARE = ["<", "<=", "==", "!=", ">", ">=", "in", "not in", "is", "is not"]
ERRORS = ["ValueError", "TypeError", "KeyError", "IndexError", "ZeroDivisionError",
          "ArithmeticError", "LookupError", "Exception"]
TEXT_METHODS = ["upper()", "lower()", "split()", "strip()", "title()", "split(',')",
                "replace('a', 'bb')", "find('b')", "count('a')", "startswith('a')", "isdigit()",
                "join(['p', 'q'])", "zfill(5)", "rjust(6, '.')", "partition('b')", "swapcase()",
                "center(7, '*')", "splitlines()", "isalpha()", "encode().decode()"]
LIST_METHODS = ["append({})", "extend([{}])", "pop()", "reverse()", "copy()", "count({})",
                "index({})", "insert(1, {})", "sort()", "remove({})", "pop(0)"]
DICT_METHODS = ["get({})", "get({}, {})", "setdefault({}, {})", "pop({}, None)", "copy()",
                "update({{{}: {}}})", "popitem()", "clear()"]


class Maker:
    """Makes one program from a source of chance."""

    def __init__(self, chance):
        self.chance = chance
        self.functions = []
        self.classes = []
        self.in_function = False
        self.in_loop = False

    def pick(self, items):
        return self.chance.choice(items)

    def often(self, p):
        return self.chance.random() < p

    def literal(self, depth=0):
        kind = self.chance.randrange(6)
        if kind < 2:
            return self.pick(INTS)
        if kind == 2:
            return self.pick(FLOATS)
        if kind == 3:
            return self.pick(TEXTS)
        return self.pick(NAMES + ["None", "True", "False", "[]", "()", "{}", "a", "b"])

    def items(self, depth, most=3):
        return [self.value(depth - 1) for _ in range(self.chance.randrange(most + 1))]

    def small(self):
        return self.pick(["0", "1", "2", "3", "-1", "-2", "4"])

    def value(self, depth=3):
        """An expression; numbers stay small enough to print."""
        if depth <= 0:
            return self.literal()
        makers = [self.literal, self.binary, self.compare, self.boolean, self.unary, self.display,
                  self.subscript, self.call, self.method, self.comprehension, self.ternary,
                  self.text, self.lambda_call, self.slice]
        maker = self.pick(makers)
        return maker(depth)

    def binary(self, depth):
        op = self.pick(BINARY)
        left = self.value(depth - 1)
        if op in ("**", "<<", "*"):
            return f"({left}) {op} {self.pick(['0', '1', '2', '3', '5', '0.5', '-1'])}"
        return f"(({left}) {op} ({self.value(depth - 1)}))"

    def compare(self, depth):
        parts = [f"({self.value(depth - 1)})"]
        for _ in range(self.chance.choice([1, 1, 1, 2])):
            op = self.pick(COMPARE)
            if op.startswith("is"):
                parts += [op, "None"]
                break
            parts += [op, f"({self.value(depth - 1)})"]
        return "(" + " ".join(parts) + ")"

    def boolean(self, depth):
        op = self.pick(["and", "or"])
        return f"({self.value(depth - 1)} {op} {self.value(depth - 1)})"

    def unary(self, depth):
        return f"({self.pick(['-', '+', '~', 'not '])}({self.value(depth - 1)}))"

    def display(self, depth):
        kind = self.chance.randrange(5)
        if kind == 0:
            return "[" + ", ".join(self.items(depth)) + "]"
        if kind == 1:
            return "(" + "".join(i + ", " for i in self.items(depth)) + ")"
        if kind == 2:
            pairs = ", ".join(f"{self.literal()}: {v}" for v in self.items(depth))
            return "{" + pairs + "}"
        if kind == 3:
            return f"[*{self.value(depth - 1)}, {self.value(depth - 1)}]"
        return "sorted({" + ", ".join(self.pick(INTS) for _ in range(3)) + "})"

    def subscript(self, depth):
        return f"({self.value(depth - 1)})[{self.value(depth - 1)}]"

    def slice(self, depth):
        step = self.pick(["", ":2", ":-1", ":-2", ":1"])
        return f"({self.value(depth - 1)})[{self.pick(['', self.small()])}:" \
               f"{self.pick(['', self.small()])}{step}]"

    def call(self, depth):
        one = self.value(depth - 1)
        names = ["len", "abs", "str", "repr", "bool", "int", "float", "list", "tuple", "sum", "max",
                 "min", "sorted", "type", "any", "all", "round", "ord", "hash", "enumerate"]
        name = self.pick(names)
        if self.functions and self.often(0.4):
            return self.own_call(depth)
        if name == "enumerate":
            return f"list(enumerate({one}))"
        if name == "type":
            return f"type({one}).__name__"
        if name == "hash":
            return f"(hash({one}) == hash({one}))"
        if name in ("list", "tuple") and self.often(0.3):
            return f"{name}(zip({one}, {self.value(depth - 1)}))"
        return f"{name}({one})"

    def own_call(self, depth):
        name, count, yields = self.pick(self.functions)
        count += self.pick([0, 0, 0, 0, 0, 1, -1])
        args = [self.value(depth - 1) for _ in range(max(0, count))]
        if args and self.often(0.2):
            args[-1] = f"{self.pick(['x', 'y', 'z'])}={args[-1]}"
        elif self.often(0.1):
            args.append(f"*{self.value(depth - 1)}")
        text = f"{name}({', '.join(args)})"
        return f"list({text})" if yields else text  # a generator's text has its address

    def method(self, depth):
        kind = self.chance.randrange(4)
        if kind == 0:
            return f"{self.pick(TEXTS)}.{self.pick(TEXT_METHODS)}"
        if kind == 1 and self.classes:
            return f"{self.pick(self.classes)}({self.value(depth - 1)})" \
                   f".{self.pick(['get()', 'v', 'add(1)', 'missing', 'size'])}"
        methods = self.pick([LIST_METHODS, DICT_METHODS])
        text = self.pick(methods)
        fill = [self.literal() for _ in range(text.count("{}"))]
        return f"{self.pick(NAMES)}.{text.format(*fill)}"

    def comprehension(self, depth):
        source = self.pick([f"range({self.pick(['0', '1', '3', '5'])})", self.pick(TEXTS),
                            self.value(depth - 2), f"[{self.literal()}, {self.literal()}]"])
        test = f" if {self.pick(['i', 'not i', 'i == 1', 'i != 2'])}" if self.often(0.4) else ""
        body = self.pick(["i", "i * 2", "(i, 1)", "str(i)", self.value(depth - 2)])
        kind = self.chance.randrange(4)
        if kind == 0:
            return f"{{i: {body} for i in {source}{test}}}"
        if kind == 1:
            return f"list({body} for i in {source}{test})"
        if kind == 2:
            return f"[{body} for i in {source} for j in range(2){test}]"
        return f"[{body} for i in {source}{test}]"

    def ternary(self, depth):
        return f"({self.value(depth - 1)} if {self.value(depth - 1)} else {self.value(depth - 1)})"

    def text(self, depth):
        spec = self.pick(["", "", "!r", "!s", ":>8", ":5", ":.2f", ":x", ":,", ":^7", "!r:>9"])
        inner = self.pick(NAMES + [f"({self.pick(INTS)})", f"({self.pick(FLOATS)})"])
        return f'f"<{{{inner}{spec}}}>"'

    def lambda_call(self, depth):
        return f"(lambda p, q={self.literal()}: {self.pick(['p', 'q', '(p, q)', 'p + q'])})" \
               f"({self.value(depth - 1)})"

    # --- statements, as lists of lines ---

    def indent(self, lines):
        return ["    " + line for line in lines]

    def block(self, depth, count=None):
        lines = []
        for _ in range(count or self.chance.randrange(1, 4)):
            lines += self.statement(depth - 1)
        return self.indent(lines)

    def statement(self, depth):
        simple = [self.assign, self.assign, self.show, self.show, self.augment, self.unpack,
                  self.store, self.delete]
        compound = [self.branch, self.loop, self.attempt, self.counted, self.manage]
        if self.in_function:
            simple.append(self.give_back)
        if self.in_loop:
            simple.append(self.jump)
        simple.append(self.fail)
        return self.pick(simple if depth <= 0 or self.often(0.55) else compound)(depth)

    def assign(self, depth):
        return [f"{self.pick(NAMES)} = {self.value()}"]

    def show(self, depth):
        return [f"print({self.value()}, {self.pick(NAMES)})"]

    def augment(self, depth):
        op = self.pick(["+", "-", "*", "//", "|", "&", "%"])
        value = self.small() if op == "*" else self.value(2)
        return [f"{self.pick(NAMES)} {op}= {value}"]

    def unpack(self, depth):
        target = self.pick(["a, b", "a, *b", "*a, b", "(a, b), c", "[c, d]", "a, b, c"])
        return [f"{target} = {self.value()}"]

    def store(self, depth):
        return [f"{self.pick(NAMES)}[{self.pick(['0', '-1', repr('k'), '1:2', '(1, 2)'])}]"
                f" = {self.value(2)}"]

    def delete(self, depth):
        return [f"del {self.pick(NAMES)}{self.pick(['', '[0]', '[-1:]', '[' + repr('k') + ']'])}"]

    def give_back(self, depth):
        return [f"return {self.value()}"]

    def jump(self, depth):
        return [f"if {self.value(1)}:", f"    {self.pick(['break', 'continue'])}"]

    def fail(self, depth):
        return [f"if {self.value(2)}:", f"    raise {self.pick(ERRORS)}({self.value(1)})"]

    def branch(self, depth):
        lines = [f"if {self.value()}:"] + self.block(depth)
        if self.often(0.3):
            lines += [f"elif {self.value()}:"] + self.block(depth)
        if self.often(0.5):
            lines += ["else:"] + self.block(depth)
        return lines

    def inside_loop(self, depth):
        before, self.in_loop = self.in_loop, True
        lines = self.block(depth)
        self.in_loop = before
        return lines

    def loop(self, depth):
        source = self.pick(["range(3)", "'xyz'", "[1, 'b', None]", "list(a)", "dict(b)",
                            "list(enumerate('pq'))", "tuple(c)"])
        lines = [f"for {self.pick(NAMES)} in {source}:"] + self.inside_loop(depth)
        if self.often(0.3):
            lines += ["else:"] + self.block(depth)
        return lines

    def counted(self, depth):
        counter = f"n{self.chance.randrange(1000)}"
        lines = [f"{counter} = 0", f"while {counter} < {self.pick(['1', '3', '4'])}:",
                 f"    {counter} += 1"]
        return lines + self.inside_loop(depth)

    def attempt(self, depth):
        lines = ["try:"] + self.block(depth)
        kind = self.chance.randrange(4)
        if kind < 3:
            error = self.pick(ERRORS)
            lines += [f"except {error} as err:", "    print(type(err).__name__, err)"]
            lines += self.block(depth, 1)
        if kind == 1:
            lines += ["else:"] + self.block(depth, 1)
        if kind >= 2:
            # What leaves a loop or a function inside finally is a matter of its own.
            before = self.in_loop, self.in_function
            self.in_loop = self.in_function = False
            lines += ["finally:"] + self.block(depth, 1)
            self.in_loop, self.in_function = before
        return lines

    def manage(self, depth):
        return [f"with Manager({self.literal()}) as {self.pick(NAMES)}:"] + self.block(depth)

    # --- top-level blocks ---

    def function(self, number):
        name = f"f{number}"
        parameters = self.pick(["", "x", "x, y", "x, y=2", "x, *y", "x, *, y=1", "x, y=[]",
                                "x, *args, **kw"])
        before = self.in_function, self.in_loop
        self.in_function, self.in_loop = True, False
        lines = [f"def {name}({parameters}):"]
        lines += self.indent([f"{n} = {self.literal()}" for n in NAMES if self.often(0.8)])
        if "x" in parameters:
            lines.append("    a = x")
        lines += self.block(3, self.chance.randrange(2, 5))
        yields = self.often(0.25)
        if yields:
            lines += ["    yield a", "    yield from [b, c]"]
        self.in_function, self.in_loop = before
        count = parameters.count("x") + parameters.count("y") - parameters.count("*")
        self.functions.append((name, count, yields))
        return lines

    def klass(self, number):
        base = f"({self.pick(self.classes)})" if self.classes and self.often(0.4) else ""
        name = f"C{number}"
        lines = [f"class {name}{base}:", f"    size = {self.literal()}",
                 "    def __init__(self, v):", "        self.v = v",
                 "    def get(self):",
                 f"        return {self.pick(['self.v', '(self.v, self.size)'])}",
                 "    def add(self, n):", "        self.v += n", "        return self.v"]
        extra = self.pick([[], ["    def __eq__(self, o):", "        return self.v == o"],
                           ["    def __len__(self):", "        return self.v"],
                           ["    def __add__(self, o):", "        return (self.v, o)"],
                           ["    def __bool__(self):", "        return bool(self.size)"],
                           ["    def __getitem__(self, i):", "        return self.size[i]"]])
        lines += extra + ["    def __repr__(self):", f"        return f'{name}({{self.v!r}})'"]
        self.classes.append(name)
        return lines

    def guarded(self, lines):
        return ["try:"] + self.indent(lines) + \
               ["except Exception as error:", "    print(type(error).__name__, error)"]

    def program(self):
        """The blocks, each a list of lines."""
        start = ["class Manager:", "    def __init__(self, v):", "        self.v = v",
                 "    def __enter__(self):", "        print('enter', self.v)",
                 "        return self.v", "    def __exit__(self, kind, value, tb):",
                 "        print('exit', kind and kind.__name__)",
                 "        return kind is KeyError",
                 "a, b, c, d, e = 1, [1, 2], {'k': 'v'}, 'text', 2.5"]
        blocks = [start]
        for n in range(self.chance.randrange(8, 20)):
            kind = self.chance.randrange(8)
            if kind == 0:
                blocks.append(self.function(n))
            elif kind == 1:
                blocks.append(self.klass(n))
            else:
                blocks.append(self.guarded(self.statement(3)))
            # Values that double with each step must not grow without bound.
            blocks.append(["a, b, c, d, e = [v if len(str(v)) < 200 else 0 for v in",
                           "                 [globals().get(n, 7) for n in 'abcde']]"])
        return blocks


def text_of(blocks):
    return "\n".join("\n".join(b) for b in blocks) + "\n"


def run(command, path):
    try:
        done = subprocess.run(command + [path], capture_output=True, timeout=10,
                              stdin=subprocess.DEVNULL,
                              env=dict(os.environ, PYTHONIOENCODING="utf-8",
                                       PYTHONWARNINGS="ignore"))
    except subprocess.TimeoutExpired:
        return b"", b"ran out of time", "out of time"
    return done.stdout, done.stderr, done.returncode


def last_line(text):
    return text.decode(errors="replace").rstrip().split("\n")[-1]


def disagreement(program, text, folder, name):
    """What differs, or nothing; the second answer says whether adder refused the program."""
    path = os.path.join(folder, f"{name}.py")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    wanted, got = run([REFERENCE], path), run([program], path)
    if "out of time" in wanted:
        return None, False
    if got[2] not in (0, "out of time") and REFUSED in last_line(got[1]) and not got[0]:
        return None, True
    if got[0] == wanted[0] and got[2] == wanted[2] and last_line(got[1]) == last_line(wanted[1]):
        return None, False
    for a, b in zip(wanted[0].split(b"\n"), got[0].split(b"\n")):
        if a != b:
            return f"python3 {a[:200]!r}, adder {b[:200]!r}", False
    return f"status {got[2]} and {last_line(got[1])[:200]!r}, " \
           f"python3 {wanted[2]} and {last_line(wanted[1])[:200]!r}", False


def shrunk(program, blocks, folder, name):
    """Fewest blocks that still differ, found one by one from the end."""
    for i in reversed(range(1, len(blocks))):
        fewer = blocks[:i] + blocks[i + 1:]
        if disagreement(program, text_of(fewer), folder, name)[0]:
            blocks = fewer
    return blocks


def one(program, seed, folder):
    blocks = Maker(random.Random(seed)).program()
    report, refused = disagreement(program, text_of(blocks), folder, f"p{seed}")
    if not report:
        return None, refused
    blocks = shrunk(program, blocks, folder, f"p{seed}")
    report = disagreement(program, text_of(blocks), folder, f"p{seed}")[0] or report
    return f"seed {seed}: {report}\n{text_of(blocks)}", False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    seeds = [options.seed * 100000 + i for i in range(options.programs)]
    if options.show:
        print(text_of(Maker(random.Random(options.seed)).program()))
        return 0
    print(f"# programs from seed {options.seed} (again: --seed {options.seed})")
    failed = refused = 0
    program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory() as folder:
        folder = options.keep or folder
        os.makedirs(folder, exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for report, refusal in pool.map(lambda s: one(program, s, folder), seeds):
                refused += refusal
                if report:
                    failed += 1
                    if failed <= 10:
                        print("# " + report.replace("\n", "\n# "), flush=True)
    what = f"{options.programs} programs from a grammar, {refused} refused by name"
    print("not ok" if failed else "ok", "-", what + (f", {failed} differ" if failed else ""))
    return 1 if failed else 0


sys.exit(main())
