# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Numbers to text and back: bases, signs, underscores, refusals.
for text in ("12", " -7 ", "+3", "1_000", "0", "-0", "00", "99999999999999999999", "\n5\t"):
    print(repr(text), int(text))
for text, base in (("ff", 16), ("0xff", 16), ("0xff", 0), ("z", 36), ("-101", 2), ("0b11", 0), ("0o17", 0), ("777", 8)):
    print(text, base, int(text, base))
for text in ("", " ", "1.5", "abc", "1__0", "_1", "1_", "0x", "--1", "1 2", "\u0661x"):
    try:
        print(int(text))
    except ValueError as e:
        print(e)
for text, base in (("2", 2), ("g", 16), ("1", 1), ("1", 37), ("0b1", 8)):
    try:
        print(int(text, base))
    except ValueError as e:
        print(e)
for value in (2.9, -2.9, True, 1e20, -0.0):
    print(int(value))
for bad in (None, [], float("inf"), float("nan")):
    try:
        print(int(bad))
    except (TypeError, ValueError, OverflowError) as e:
        print(type(e).__name__, e)
n = 3 ** 200
print(n, len(str(n)), int(str(n)) == n, int(hex(n), 16) == n, int(bin(n), 2) == n)
print(int(), int("0"), str(-2 ** 64), repr(10 ** 19), f"{10 ** 21:,}")
