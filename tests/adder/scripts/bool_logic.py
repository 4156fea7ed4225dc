# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Truth, short circuits, and comparisons in a chain.
def show(name, value):
    print("see", name)
    return value
print(show("a", 0) or show("b", "x") or show("c", 1))
print(show("a", 1) and show("b", []) and show("c", 1))
print(not show("d", 0), not not "x")
for v in (0, 1, -1, 0.0, 0.5, "", "0", [], [0], (), (0,), {}, {0: 0}, set(), None, True, False, range(0), range(1)):
    print(repr(v), bool(v), "yes" if v else "no")
def number(n):
    print("n", n)
    return n
print(number(1) < number(2) < number(3), number(3) < number(2) < number(1))
print(1 < 2 == 2 != 3 >= 3 > 1, 1 == 1.0 == True, 0 < 5 in [5])
print(True + True, True * 10, sum([True, False, True]), ["a", "b"][True], True == 1, True is True, isinstance(True, int))
class Box:
    def __init__(self, n):
        self.n = n
    def __len__(self):
        return self.n
class Never:
    def __bool__(self):
        return False
    def __len__(self):
        return 5
class Broken:
    def __bool__(self):
        return 3
print(bool(Box(0)), bool(Box(2)), bool(Never()))
try:
    bool(Broken())
except TypeError as e:
    print(e)
print(any([]), all([]), any([0, "", 3]), all([1, "a", []]), any(x > 2 for x in range(4)))
