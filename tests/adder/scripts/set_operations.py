# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Sets: algebra, comparison, changes.
a = {1, 2, 3, 4}
b = {3, 4, 5}
print(sorted(a | b), sorted(a & b), sorted(a - b), sorted(a ^ b), sorted(b - a))
print(sorted(a.union(b, [9], "x" * 0)), sorted(a.intersection([1, 3, 9])), sorted(a.difference(b, {1})), sorted(a.symmetric_difference(b)))
print(a < {1, 2, 3, 4, 5}, a <= a, a < a, a >= {1}, a > b, a == {4, 3, 2, 1}, a != b, a.isdisjoint({9}), {1}.issubset(a), a.issuperset(b))
s = set()
s.add(1)
s.add(1.0)
s.add(True)
s.add("a")
print(len(s), 1 in s, "a" in s, "b" not in s)
s.discard("zz")
s.discard("a")
s.remove(1)
print(s, bool(s))
try:
    s.remove("q")
except KeyError as e:
    print("KeyError", e)
try:
    s.pop()
except KeyError as e:
    print(e)
s.update([1, 2], (3,), {4})
print(sorted(s))
s |= {10}
s &= {1, 2, 3, 10}
s -= {2}
s ^= {3, 99}
print(sorted(s), sorted(s.copy()))
print(set("hello") == set("olleh"), len(set(range(1000)) & set(range(500, 2000))), {x % 7 for x in range(100)} == set(range(7)))
for bad in (lambda: {[]}, lambda: {1} | [2], lambda: {1} < [1], lambda: set(5), lambda: set()[0]):
    try:
        print(bad())
    except TypeError as e:
        print(e)
f = frozenset([1, 2, 2])
print(len(f), f == {1, 2}, {f: "key"}[frozenset((2, 1))], hash(f) == hash(frozenset([2, 1])), f | {3} == {1, 2, 3})
try:
    f.add(1)
except AttributeError as e:
    print(e)
print(set(), {5}, frozenset(), {None}, repr({"a"}), frozenset([1]))
