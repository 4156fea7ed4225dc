# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Assignment expressions, conditional expressions, lambda, precedence.
data = [3, 8, 1, 9]
if (n := len(data)) > 3:
    print("long", n)
while (item := data.pop()) != 3:
    print(item, end=" ")
print(item)
print([y for x in range(5) if (y := x * x) % 2 == 0], y)
def f():
    if any((hit := w).startswith("b") for w in ("apple", "banana", "cherry")):
        return hit
print(f(), "a" if 1 else "b" if 0 else "c", ("x" if 0 else "y") + "z")
print(1 + 2 * 3 ** 2 ** 0 - -1, (1 + 2) * 3, 2 ** -1, -2 ** 2, not 1 == 2, not (1 and 0) or 5, 7 // 2 * 2 + 7 % 2)
print(1 | 2 ^ 3 & 4 << 1, ~5 & 0xf, 1 < 2 and 3 > 2 or 0, 5 - 3 - 1, 2 ** 3 ** 2, 100 / 10 / 2, -7 // 2, -(7 // 2))
g = lambda x, *a, k=1, **kw: (x, a, k, kw)
print(g(1), g(1, 2, k=3, z=4), (lambda: (yield))() is not None, (lambda x: lambda y: x + y)(1)(2))
print([1, 2, 3][1], {"a": [1, 2]}["a"][0], (1, 2)[0], "abc"[1].upper(), [[1, 2], [3]][0][1], (lambda: [5])()[0])
t = 1,
u = *range(3), *"ab"
print(t, u, [*t, *u], {*t, *u} == {1, 0, 2, "a", "b"}, {**{"a": 1}, "b": 2})
print(x := 5, x)
a = b = c = [0]
a.append(1)
print(b, c, a is c)
i = 0
i, l = 1, [5, 6]
l[i], i = i, 0
print(l, i)
if True: print("one"); print("line")
assert 1, "never"
pass; pass
