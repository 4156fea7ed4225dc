# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Exceptions inside special methods pass through what called them.
class E(Exception): pass
class Bad:
    def __init__(self, what): self.what = what
    def __len__(self): raise E("len")
    def __iter__(self): raise E("iter")
    def __getitem__(self, i): raise E("getitem")
    def __eq__(self, o): raise E("eq")
    def __hash__(self): raise E("hash")
    def __lt__(self, o): raise E("lt")
    def __add__(self, o): raise E("add")
    def __call__(self): raise E("call")
    def __bool__(self): raise E("bool")
    def __contains__(self, x): raise E("contains")
    def __str__(self): raise E("str")
    def __enter__(self): raise E("enter")
    def __exit__(self, *a): raise E("exit")
    def __getattr__(self, n): raise E("getattr " + n)
    def __index__(self): raise E("index")
    def __del__(self): pass
b = Bad(1)
def with_it():
    with b: pass
def unpack():
    x, y = b
def star(): return [*b]
def kw(): return dict(**b)
bodies = [lambda: len(b), lambda: list(b), lambda: b[0], lambda: b == 1, lambda: [b] == [1], lambda: 1 in [b], lambda: {b: 1}, lambda: {b}, lambda: sorted([b, b]), lambda: b + 1, lambda: b(), lambda: not b,
    lambda: 1 if b else 2, lambda: b and 1, lambda: 5 in b, lambda: str(b), lambda: f"{b}", lambda: print(b), with_it, unpack, star, kw, lambda: b.anything, lambda: hasattr(b, "x"), lambda: getattr(b, "x", 1),
    lambda: [1][b], lambda: range(b), lambda: sum(b), lambda: max([b, b]), lambda: list(map(lambda x: x(), [b])), lambda: [x() for x in [b]], lambda: any([b]), lambda: list(filter(None, [b])), lambda: "".join(b), lambda: list(zip(b)), lambda: {}.update(b) if 0 else tuple(b), lambda: set(b), lambda: [].extend(b)]
for i, body in enumerate(bodies):
    try:
        print(i, "no error", body())
    except E as e:
        print(i, "E", e)
    except Exception as e:
        print(i, type(e).__name__, e)
l = [3, 1, 2]
class K:
    def __init__(self, n): self.n = n
    def __lt__(self, o): return l.append(1) or self.n < o.n
print([k.n for k in sorted([K(3), K(1), K(2)])], len(l) > 3)
