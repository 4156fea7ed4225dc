# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Every way an argument reaches its parameter.
def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, kw
print(f(1, c=3), f(1, 5, 6, 7, c=3, d=9, e=10), f(a=1, c=2, b=3), f(*[1, 2, 3], **{"c": 4, "z": 5}))
print(f(*"ab", *(1, 2), c=0, **{}, **{"q": 1}))
def pos_only(a, b=1, /, c=2, *, d=3):
    return a, b, c, d
print(pos_only(1), pos_only(1, 2, 3, d=4), pos_only(1, c=5))
def kw_holds_name(a, /, **kw):
    return a, kw
print(kw_holds_name(1, a=2))
def bare(*, k):
    return k
print(bare(k=1), (lambda *a, **k: (a, k))(1, x=2), (lambda: "none")(), (lambda x, y=5: x + y)(1))
order = []
def note(x):
    order.append(x)
    return x
f(note(1), *[note(2)], c=note(3), **{"e": note(4)})
print(order)
def default_once(x=note("default")):
    return x
print(default_once(), default_once(), order[-1])
def gather(first, *rest):
    return first, rest
print(gather(1), gather(1, 2, 3), gather(*range(4)), gather(*(i for i in "xy")))
print(f.__name__, f.__defaults__, f.__kwdefaults__, (lambda: 0).__name__, f.__qualname__)
def annotated(a: int, b: "text" = 2) -> list:
    "Says what it does."
    return [a, b]
print(annotated(1), annotated.__doc__, annotated.__annotations__ == {"a": int, "b": "text", "return": list})
