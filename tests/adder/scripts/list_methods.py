# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# What a list can do, and what it refuses.
l = [3, 1, 2]
l.append(5)
l.extend((7, 8))
l.extend("ab")
l.insert(0, "first")
l.insert(-1, "before last")
l.insert(100, "last")
print(l, len(l))
print(l.pop(), l.pop(0), l.pop(-2), l)
l.remove("a")
print(l, l.index(5), l.count(3), l.index(7, 2))
l.reverse()
print(l, l.copy() == l, l.copy() is l)
for call in (lambda: [].pop(), lambda: [1].pop(5), lambda: [1].remove(2), lambda: [1].index(2), lambda: [1][3], lambda: list("x")["a"]):
    try:
        print(call())
    except (IndexError, ValueError, TypeError) as e:
        print(type(e).__name__, e)
a = [1, 2]
b = a
a += [3]
print(b, a is b)
a = a + [4]
print(b, a, a is b)
a *= 2
print(a, [0] * 3, 2 * [1, 2], [1] * -1)
print([1, 2] < [1, 3], [1, 2] < [1, 2, 0], [] < [0], [2] > [1, 9], [1, "a"] == [1, "a"], [1] != [1.0])
try:
    [1] < ["a"]
except TypeError as e:
    print(e)
try:
    [1] + (2,)
except TypeError as e:
    print(e)
n = []
n.append(n)
print(n, n[0] is n, len(n))
print(2 in [1, 2], None in [0], [] in [[]], list("héy"), list({"a": 1}), list(range(3)), list(()))
l = [1, 2, 3, 4]
l.clear()
print(l, not l)
