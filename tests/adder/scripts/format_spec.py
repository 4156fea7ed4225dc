# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# format() and the format method.
print("{} {} {}".format(1, "a", None), "{0} {1} {0}".format("x", "y"), "{a}-{b}".format(a=1, b=2), "{{}}".format())
print("{0.real} {1[k]} {2[1]}".format(5, {"k": "v"}, [7, 8]))
for value, spec in ((42, "d"), (42, "5"), (42, "<5"), (42, "^6"), (42, "05"), (42, "+"), (42, " "), (-42, "06d"), (255, "x"), (255, "#x"),
                    (255, "X"), (5, "b"), (5, "#010b"), (8, "o"), (1234567, ","), (1234567, "_"), (97, "c"), (42, "*^9"), (42, "e"), (3, ".2f"),
                    (3.14159, ".2f"), (3.14159, "8.3f"), (3.0, "g"), (1e10, "g"), (1e-5, "g"), (0.5, "%"), (0.1234, ".1%"), (1234567.891, ",.2f"),
                    (2.5, ".0f"), (1e100, ".3e"), (-0.0, "f"), (3.7, "+.1f"), (float("inf"), "f"), (1.0, ""), (1.5, "10"), (1.5, "<10"),
                    ("abc", "5"), ("abc", ">5"), ("abc", "^7"), ("abc", ".2"), ("abc", "-<6.2"), ("abc", "s"), (True, "d"), (True, "")):
    print(repr(value), repr(spec), "[" + format(value, spec) + "]")
for value, spec in ((42, "s"), ("abc", "d"), (1.5, "x"), ("abc", "="), (42, "q"), ([], "5")):
    try:
        print(format(value, spec))
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
for template, args in (("{}", ()), ("{1}", (0,)), ("{x}", ()), ("{", ()), ("}", ()), ("{0} {}", (1, 2))):
    try:
        print(template.format(*args))
    except (IndexError, KeyError, ValueError) as e:
        print(type(e).__name__, e)
class Money:
    def __init__(self, n):
        self.n = n
    def __format__(self, spec):
        return f"<{spec or 'plain'}:{self.n}>"
print(f"{Money(3)} {Money(4):wide}", "{:x y}".format(Money(5)), format(Money(6)))
