# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Context managers: order, suppression, exceptions in each place.
class CM:
    def __init__(self, name, swallow=False, fail=None):
        self.name, self.swallow, self.fail = name, swallow, fail
    def __enter__(self):
        print("enter", self.name)
        if self.fail == "enter":
            raise ValueError("in enter")
        return self.name.upper()
    def __exit__(self, kind, value, tb):
        print("exit", self.name, kind and kind.__name__, value, tb is not None)
        if self.fail == "exit":
            raise KeyError("in exit")
        return self.swallow
with CM("a") as a:
    print("body", a)
with CM("a") as a, CM("b") as b:
    print(a, b)
with (CM("p") as p, CM("q", swallow=True)):
    raise RuntimeError("swallowed")
print("after")
try:
    with CM("outer"), CM("inner"):
        1 / 0
except ZeroDivisionError as e:
    print("caught", e)
try:
    with CM("x"), CM("y", fail="enter"):
        print("never")
except ValueError as e:
    print(e)
try:
    with CM("x", fail="exit"):
        raise RuntimeError("first")
except KeyError as e:
    print(e, repr(e.__context__))
def f():
    with CM("f"):
        return "returned"
print(f())
for i in range(3):
    with CM(f"l{i}"):
        if i == 0:
            continue
        break
with CM("t") as (x, *rest):
    print(x, rest)
class No:
    pass
for bad in (No(), 5):
    try:
        with bad:
            pass
    except TypeError as e:
        print(e)
def gen():
    with CM("gen"):
        yield 1
        yield 2
for v in gen():
    print(v)
g = gen()
next(g)
g.close()
