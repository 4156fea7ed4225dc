# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A float prints the shortest text that reads back the same.
values = [0.0, -0.0, 1.0, 0.1, 0.2, 0.1 + 0.2, 1 / 3, 2 / 3, 1e15, 1e16, 1e17, 123456789012345678.0, 1e-4, 1e-5,
          0.00012345, 1.5e300, 5e-324, 1.7976931348623157e308, 100.0, 1e22, 1e23, 3.14159, -2.5e-7]
for v in values:
    print(repr(v), str(v), float(repr(v)) == v)
inf = float("inf")
nan = float("nan")
print(inf, -inf, nan, inf - inf, inf * 0, inf > 1e308, nan == nan, nan != nan, nan < 1)
print([nan] == [nan], nan in [nan], [float("nan")] == [float("nan")])
for text in ("1.5", " 2e3 ", "-.5", "5.", "1_0.5", "inf", "-Infinity", "nan", "1e400", "1e-400"):
    print(text, float(text))
for text in ("", "abc", "1.2.3", "1e", "_1.0", "0x1p3"):
    try:
        print(float(text))
    except ValueError as e:
        print(e)
print(float(3), float(10 ** 20), float(True), 1e3, 1E3, .5, 10., 1_0.0_1)
try:
    float(10 ** 400)
except OverflowError as e:
    print(e)
