# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Ranges are sequences that hold no elements.
for r in (range(5), range(2, 8), range(10, 0, -3), range(0), range(5, 5), range(0, 10, 3), range(-3, 3), range(3, -3, -1)):
    print(r, len(r), list(r), list(reversed(r)), r[1:3] if len(r) > 2 else r, bool(r))
r = range(0, 100, 7)
print(r[0], r[-1], r[3], r[2:5], r[::-1], 14 in r, 15 in r, 14.0 in r, "a" in r, r.index(21), r.count(7), r.start, r.stop, r.step)
print(range(3) == range(0, 3), range(0) == range(5, 5), range(0, 10, 3) == range(0, 12, 3), range(1) != range(2), hash(range(3)) == hash(range(0, 3, 1)))
for bad in (lambda: range(1, 2, 0), lambda: range(1.5), lambda: range(), lambda: r[100], lambda: r.index(1), lambda: range("a")):
    try:
        print(bad())
    except (ValueError, TypeError, IndexError) as e:
        print(type(e).__name__, e)
big = range(10 ** 20, 10 ** 20 + 5)
print(list(big), len(big), 10 ** 20 + 3 in big, big[2])
total = 0
for i in range(1000):
    for j in range(i, i + 3):
        total += j
print(total, sum(range(1001)), max(range(5)), min(range(-5, 5)), sorted(range(5, 0, -1)))
i = "kept"
for i in range(0):
    pass
print(i)
for i in range(3):
    i = i * 10
print(i)
it = iter(range(3))
print(next(it), next(it), list(it), next(it, "end"))
