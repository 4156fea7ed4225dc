# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Integers pass from small to large and back without a seam.
for shift in (29, 30, 31, 59, 60, 61, 62, 63, 64, 65, 127, 128):
    n = 1 << shift
    print(shift, n - 1, n, n + 1, -n - 1, -n, -n + 1)
    assert n - 1 + 1 == n and n + 1 - 1 == n
    assert (n + 1) - (n - 1) == 2
    assert -(-n) == n and abs(-n) == n
for shift in (61, 62, 63, 64):
    n = 1 << shift
    print((n - 1) * (n - 1), (n - 1) * -n, -n * -n)
    print(n * n // n == n, n * n % n, (n * n + 7) % n, (-n * n - 7) // n)
    print(n == float(n), n < float(n) + 4096.0, hash(n) == hash(float(n)))
total = 0
for i in range(70):
    total += 1 << i
print(total, total == (1 << 70) - 1, total.bit_length())
while total > 1:
    total >>= 7
print(total, type(total).__name__)
print(2 ** 62 - 2 ** 62 + 5, 2 ** 64 - (2 ** 64 - 1), [10, 20, 30][2 ** 70 - 2 ** 70 + 1])
print({2 ** 62: "a", 2 ** 63: "b", 5: "c"}[1 << 63], 2 ** 100 in {2 ** 100}, 2 ** 100 in [1 << 100])
