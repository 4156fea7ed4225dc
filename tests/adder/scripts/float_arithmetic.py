# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Arithmetic of floats, with integers and alone.
print(1.5 + 1, 2 - 0.5, 3 * 0.5, 7 / 2.0, 7.5 // 2, -7.5 // 2, 7.5 % 2, -7.5 % 2, 7.5 % -2)
print(divmod(7.5, 2), divmod(-7.5, 2), 2.5 ** 2, -1.5, +1.5, abs(-2.25))
for op in (lambda: 1.0 / 0, lambda: 1.0 // 0, lambda: 1.0 % 0, lambda: 0.0 ** -1, lambda: 1e300 ** 10):
    try:
        print(op())
    except (ZeroDivisionError, OverflowError) as e:
        print(type(e).__name__, e)
print(round(2.5), round(3.5), round(-2.5), round(2.675, 2), round(1234.5678, -2), round(1.5), round(0.5), round(7))
print(round(12345, -2), round(15, -1), round(25, -1), type(round(2.5)).__name__, type(round(2.5, 0)).__name__)
print(1.0 == 1, 1 == 1.0, 2 ** 53 == 2.0 ** 53, 2 ** 53 + 1 == 2.0 ** 53, 10 ** 400 > 1e308, -10 ** 400 < 1e-300)
print(hash(1.0) == hash(1), hash(2.0 ** 70) == hash(2 ** 70), {1.0: "a"}[1], len({1, 1.0, True}))
print((2.5).is_integer(), (4.0).is_integer(), (0.75).as_integer_ratio(), (1e10).as_integer_ratio())
print(sum([0.1] * 10), sum([1, 2.5]), max(1, 2.5), min(0.5, 1), sorted([3, 1.5, 2, -0.5]))
print(int(1e15 + 0.3), 1e16 + 1, 0.1 * 3, 1e308 * 10, -1e308 * 10, 5e-324 / 2)
x = 1.0
n = 0
while x + 1.0 != 1.0:
    x /= 2
    n += 1
print(n, x)
