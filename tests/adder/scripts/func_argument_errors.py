# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Calls that do not fit say which argument is wrong.
def none(): pass
def two(a, b): pass
def opt(a, b=1): pass
def kwonly(a, *, k, m): pass
def pos(a, b, /): pass
def var(a, *args, **kw): pass
class C:
    def method(self, x): pass
    def __init__(self, a=0): pass
calls = [
    lambda: none(1), lambda: none(x=1), lambda: two(), lambda: two(1), lambda: two(1, 2, 3), lambda: two(1, a=2), lambda: two(1, 2, c=3),
    lambda: opt(), lambda: opt(1, 2, 3), lambda: opt(1, 2, b=3), lambda: kwonly(1), lambda: kwonly(1, k=2), lambda: kwonly(1, 2, k=1, m=2),
    lambda: pos(1, b=2), lambda: pos(a=1, b=2), lambda: var(), lambda: var(**{"a": 1, 5: 2}), lambda: two(*5), lambda: two(**5), lambda: two(1, **{"a": 2}),
    lambda: C(1, 2), lambda: C().method(), lambda: C().method(1, 2), lambda: C.method(), lambda: (lambda f: f())(5), lambda: (lambda f: f())(None), lambda: (lambda f: f())("s"),
    lambda: (lambda x: x)(), lambda: len(), lambda: len(1, 2), lambda: len(5), lambda: [].append(), lambda: [].append(1, 2), lambda: print(sepp=1),
    lambda: opt(b=1, **{"b": 2}), lambda: int(1, 2, 3), lambda: isinstance(1), lambda: "a".split(1),
]
for i, call in enumerate(calls):
    try:
        print(i, call())
    except TypeError as e:
        print(i, e)
