# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# math: functions, constants, domain errors.
import math
print(math.pi, math.e, math.tau, math.inf, math.nan)
print(math.sqrt(2), math.floor(-2.5), math.ceil(-2.5), math.trunc(-2.7), math.fabs(-3), math.pow(2, 0.5))
print(math.floor(10 ** 20), math.ceil(5), type(math.floor(2.5)).__name__)
print(math.gcd(12, 18), math.gcd(0, 5), math.gcd(2 ** 100, 6 ** 50), math.factorial(20), math.isqrt(10 ** 30))
print(math.sin(1), math.cos(1), math.tan(1), math.atan2(1, -1), math.exp(1), math.log(10), math.log(8, 2), math.log2(1024), math.log10(1000))
from math import sqrt, pi as half_turn
print(sqrt(16), half_turn, [round(math.sin(i), 6) for i in range(5)])
print(math.isnan(math.nan), math.isinf(-math.inf), math.isfinite(1.5), math.copysign(1, -0.0), math.fmod(-7, 3), math.hypot(3, 4))
print(math.degrees(math.pi), math.radians(180), math.modf(-2.5), math.frexp(8.0), math.ldexp(0.5, 4))
for bad in (lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.exp(1000), lambda: math.factorial(-1), lambda: math.floor(math.inf), lambda: math.sqrt("a")):
    try:
        print(bad())
    except (ValueError, OverflowError, TypeError) as e:
        print(type(e).__name__, e)
print(math.floor(True), math.asin(1), math.acos(1), math.atan(1), math.sinh(1), math.cosh(1), math.tanh(1))
print(math.isclose(0.1 + 0.2, 0.3), math.isclose(1, 2), math.fsum([0.1] * 10), math.prod([1, 2, 3, 4]), math.comb(5, 2), math.perm(5, 2))
