# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Floor division and remainder take the sign of the divisor, at every size.
values = [0, 1, -1, 7, -7, 10, -10, 2 ** 61, -2 ** 61, 2 ** 62, 2 ** 63 - 1, -2 ** 63, 10 ** 30, -10 ** 30 + 1]
divisors = [1, -1, 3, -3, 7, -7, 2 ** 31, -2 ** 40, 2 ** 62, -2 ** 63, 10 ** 25, -10 ** 25 - 1]
for a in values:
    for b in divisors:
        q, r = a // b, a % b
        assert a == q * b + r, (a, b)
        assert (r == 0) or (r < 0) == (b < 0), (a, b)
        assert abs(r) < abs(b)
        assert divmod(a, b) == (q, r)
    print(a, [a // b for b in (3, -3, 2 ** 40)], [a % b for b in (3, -3, 2 ** 40)])
for a in (1, 10 ** 30, -5):
    for op in ("//", "%", "/", "divmod"):
        try:
            if op == "//":
                a // 0
            elif op == "%":
                a % 0
            elif op == "/":
                a / 0
            else:
                divmod(a, 0)
        except ZeroDivisionError as e:
            print(op, e)
print(7 / 2, -7 / 2, 10 ** 30 / 10 ** 29, 1 / 3, 2 ** 100 / 2 ** 99)
