# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Sorting is stable, takes keys, and survives odd comparisons.
data = [5, 2, 9, -1, 5, 0, 3]
print(sorted(data), sorted(data, reverse=True), data)
print(sorted("the quick brown fox".split(), key=len), sorted("the quick brown fox".split(), key=lambda w: (len(w), w)))
print(sorted([(1, "b"), (0, "z"), (1, "a"), (0, "y")], key=lambda p: p[0]))
print(sorted([(1, "b"), (0, "z"), (1, "a"), (0, "y")], key=lambda p: p[0], reverse=True))
data.sort(key=abs)
print(data)
data.sort()
print(data)
x = 12345
values = []
for i in range(1000):
    x = (x * 1103515245 + 12345) % 2 ** 31
    values.append(x % 500)
ordered = sorted(values)
assert all(ordered[i] <= ordered[i + 1] for i in range(999))
pairs = sorted(((v, i) for i, v in enumerate(values)), key=lambda p: p[0])
assert all(pairs[i][0] < pairs[i + 1][0] or pairs[i][1] < pairs[i + 1][1] for i in range(999))
print(ordered[:10], ordered[-3:], pairs[:4])
class Weird:
    calls = 0
    def __init__(self, n):
        self.n = n
    def __lt__(self, other):
        Weird.calls += 1
        return self.n < other.n
    def __repr__(self):
        return f"W{self.n}"
print(sorted([Weird(3), Weird(1), Weird(2)]), Weird.calls > 1)
for bad in ([1, "a"], [None, 1], [(), {}]):
    try:
        bad.sort()
    except TypeError as e:
        print(e)
def key(n):
    if n == 3:
        raise RuntimeError("no three")
    return n
l = [5, 3, 1]
try:
    l.sort(key=key)
except RuntimeError as e:
    print(e, sorted(l))
print(min([3, 1, 2]), max("b", "abc", key=len), min([], default="none"), max([[1, 2], [3]]), list(reversed([1, 2, 3])))
