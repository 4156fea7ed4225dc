# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Generators: laziness, send, throw, close, return values.
def count(n):
    print("started")
    i = 0
    while i < n:
        got = yield i
        if got is not None:
            print("got", got)
            i = got
        else:
            i += 1
    return "finished"
g = count(3)
print("made")
print(next(g), next(g), g.send(2))
try:
    next(g)
except StopIteration as e:
    print("value", e.value)
print(list(count(2)), next(g, "exhausted"))
def guarded():
    try:
        while True:
            try:
                x = yield "ready"
                print("x", x)
            except ValueError as e:
                yield f"handled {e}"
    finally:
        print("cleanup")
g = guarded()
print(next(g), g.throw(ValueError("oops")), next(g))
g.close()
g.close()
try:
    next(g)
except StopIteration:
    print("closed")
g = guarded()
try:
    g.send(5)
except TypeError as e:
    print(e)
next(g)
try:
    g.throw(KeyError("k"))
except KeyError as e:
    print("escaped", e)
def bad():
    raise StopIteration("inside")
    yield
try:
    next(bad())
except RuntimeError as e:
    print(e, repr(e.__cause__))
def reenter():
    yield next(me)
me = reenter()
try:
    next(me)
except ValueError as e:
    print(e)
squares = (x * x for x in range(5))
print(next(squares), sum(squares), list(squares), iter(squares) is squares, type(squares).__name__)
