# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# The words of errors that everybody meets.
class C: pass
class Sl:
    __slots__ = ()
def gen(): yield
bodies = [
    lambda: 1 + "a", lambda: "a" + 1, lambda: [] + (), lambda: {} + {}, lambda: None + 1, lambda: 1 - "a", lambda: "a" * "b", lambda: [] * 2.5, lambda: -"a", lambda: ~1.5,
    lambda: not_defined, lambda: [1, 2][2], lambda: (1,)[5], lambda: "abc"[9], lambda: {}["x"], lambda: {1: 2}[3], lambda: int("x"), lambda: float("y"), lambda: int([]), lambda: len(3),
    lambda: abs("a"), lambda: iter(1), lambda: C().x, lambda: C.x, lambda: (1).foo, lambda: None.bar, lambda: [].push(1), lambda: "".nope, lambda: C() + C(), lambda: C()[0], lambda: C()(), lambda: len(C()),
    lambda: 1 < "a", lambda: None < None, lambda: [] < 1, lambda: {} < {}, lambda: C() < C(), lambda: max([]), lambda: min(()), lambda: max(1, "a"), lambda: sum(5), lambda: sorted([1, "a"]), lambda: sorted(1),
    lambda: chr("a"), lambda: ord(5), lambda: ord(""), lambda: range("a"), lambda: [].index(1), lambda: [].remove(1), lambda: (1,).index(2), lambda: [].pop(), lambda: {}.popitem(), lambda: set().pop(), lambda: "a".join([1]), lambda: "a".join(5),
    lambda: isinstance(1, 1), lambda: issubclass(1, int), lambda: getattr(1, "x"), lambda: getattr(1, 2), lambda: hash([]), lambda: hash({}), lambda: {[]: 1}, lambda: dict([1]), lambda: dict(5), lambda: list(5), lambda: tuple(5), lambda: set(5),
    lambda: round("a"), lambda: pow(1, 2, 0), lambda: int("1", 99), lambda: print(end=5), lambda: gen().send(1), lambda: C(1), lambda: object(5), lambda: Sl().x, lambda: "a" in 5, lambda: 5 in "a", lambda: 1 in 5,
    lambda: {}[[]], lambda: [][:"a"], lambda: type(1, 2), lambda: enumerate(5), lambda: reversed(5), lambda: all(1), lambda: [1, 2, 3].sort(5), lambda: "a".upper(1), lambda: {}.get(), lambda: [].insert(1),
]
for i, body in enumerate(bodies):
    try:
        print(i, "no error", body())
    except Exception as e:
        print(i, type(e).__name__, e)
