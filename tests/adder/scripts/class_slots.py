# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# __slots__: fixed attributes, no dict.
class Point:
    __slots__ = ("x", "y")
    def __init__(self, x, y):
        self.x, self.y = x, y
p = Point(1, 2)
p.x += 10
print(p.x, p.y, hasattr(p, "__dict__"), Point.__slots__)
for bad in (lambda: setattr(p, "z", 1), lambda: p.z):
    try:
        bad()
    except AttributeError as e:
        print(e)
del p.x
try:
    p.x
except AttributeError as e:
    print(e)
try:
    del p.x
except AttributeError as e:
    print(e)
class P3(Point):
    __slots__ = ("z",)
    def __init__(self):
        super().__init__(1, 2)
        self.z = 3
q = P3()
print(q.x, q.y, q.z, hasattr(q, "__dict__"))
class Open(Point):
    pass
o = Open(5, 6)
o.extra = 1
print(o.x, o.extra, o.__dict__)
class One:
    __slots__ = "single"
s = One()
s.single = 5
print(s.single, type(One.single).__name__)
try:
    class Clash:
        __slots__ = ("v",)
        v = 1
except ValueError as e:
    print(e)
class WithDict:
    __slots__ = ("a", "__dict__")
w = WithDict()
w.a, w.b = 1, 2
print(w.a, w.b, w.__dict__)
points = [Point(i, -i) for i in range(1000)]
print(sum(p.x - p.y for p in points), Point.x.__get__(points[5], Point))
