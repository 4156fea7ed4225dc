# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Comprehensions have a scope of their own and nest.
print([x * x for x in range(6)], [x for x in range(20) if x % 3 == 0 if x % 2], {x % 3 for x in range(9)} == {0, 1, 2})
print({k: v for k, v in zip("abc", range(3))}, {v: k for k, v in {"a": 1}.items()})
print([(x, y) for x in range(3) for y in range(x)], [[y for y in range(x)] for x in range(4)])
x = "outer"
squares = [x for x in range(3)]
print(x, squares)
def scope():
    factor = 10
    return [factor * n for n in range(3)], [(lambda: n * factor)() for n in range(3)]
print(scope())
fs = [lambda: i for i in range(3)]
print([f() for f in fs])
fs = [lambda i=i: i for i in range(3)]
print([f() for f in fs])
print(sum(x * x for x in range(10)), max((len(w), w) for w in "a bbb cc".split()), dict((i, i * i) for i in range(3)))
matrix = [[1, 2, 3], [4, 5, 6]]
print([[row[i] for row in matrix] for i in range(3)], [n for row in matrix for n in row], list(zip(*matrix)))
print([a + b for a, b in [(1, 2), (3, 4)]], [first for first, *_ in ["abc", "de"]])
print([y for x in range(5) if (y := x * 2) > 4], y)
class C:
    items = [1, 2, 3]
    doubled = [i * 2 for i in items]
print(C.doubled, hasattr(C, "i"))
try:
    [undefined_name for x in range(1)]
except NameError as e:
    print(e)
print([x for x in []], {x for x in ""}, {x: x for x in ()}, list(x for x in range(0)))
primes = [n for n in range(2, 60) if all(n % d for d in range(2, int(n ** 0.5) + 1))]
print(primes)
print([(i, c) for i, c in enumerate("ab", 1)], [c if c != "a" else "A" for c in "banana"])
