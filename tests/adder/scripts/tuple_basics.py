# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Tuples: building, unpacking, comparing, hashing.
print((), (1,), (1, 2), 1, (1))
t = 1, "a", None
print(t, len(t), t[0], t[-1], t[1:], t + (2,), t * 2, "a" in t, t.count(1), t.index(None))
a, b, c = t
print(a, b, c)
a, b = b, a
print(a, b)
first, *rest = range(5)
*init, last = "abc"
head, *middle, tail = [1, 2]
print(first, rest, init, last, head, middle, tail)
(x, y), [z, *w] = (1, 2), [3, 4, 5]
print(x, y, z, w)
for i, (j, k) in enumerate([(1, 2), (3, 4)]):
    print(i, j, k)
for bad in (lambda: unpack3((1, 2)), lambda: unpack3((1, 2, 3, 4)), lambda: unpack3(5), lambda: star2([]), lambda: t[5]):
    def unpack3(v):
        p, q, r = v
        return p
    def star2(v):
        p, q, *r = v
        return p
    try:
        print(bad())
    except (ValueError, TypeError, IndexError) as e:
        print(type(e).__name__, e)
try:
    t[0] = 5
except TypeError as e:
    print(e)
try:
    del t[0]
except TypeError as e:
    print(e)
print((1, 2) < (1, 3), (1,) < (1, 0), () < (0,), (1, 2) == (1.0, 2.0), hash((1, 2)) == hash((1.0, 2)))
d = {(1, 2): "a", (): "empty", ((1,), 2): "nested"}
print(d[1, 2], d[()], d[(1,), 2])
try:
    hash(([],))
except TypeError as e:
    print(e)
print(tuple("ab"), tuple([1, 2]), tuple(x * x for x in range(3)), [*t, *(9, 8)], (*t, 0))
l = (1, [2])
l[1].append(3)
print(l)
