# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Powers: large, modular, negative, and of zero.
print(2 ** 10, (-2) ** 3, -2 ** 2, 2 ** -1, 0 ** 0, 0 ** 5, 1 ** 10 ** 6, 7 ** 77)
print(pow(2, 10), pow(2, 10, 1000), pow(3, 200, 13), pow(-3, 3, 7), pow(10, 100, 10 ** 9 + 7), pow(5, 0, 1))
print(pow(3, -1, 7), pow(2, -3, 11))
for args in ((0, -1), (2, 5, 0), (2, -1, 4)):
    try:
        print(pow(*args))
    except (ZeroDivisionError, ValueError) as e:
        print(type(e).__name__, e)
def power(base, n, mod):
    result = 1
    while n:
        if n & 1:
            result = result * base % mod
        base = base * base % mod
        n >>= 1
    return result
for base in (2, 3, 10 ** 12):
    for n in (0, 1, 5, 1000, 10 ** 15):
        assert power(base, n, 10 ** 9 + 7) == pow(base, n, 10 ** 9 + 7)
print(2 ** 0.5, 4 ** 0.5, 2.0 ** 3, 10 ** -2, (-8) ** 2.0)
def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a
print(fib(10), fib(93), fib(300))
fact = 1
for i in range(1, 51):
    fact *= i
print(fact, sum(int(c) for c in str(fact)))
