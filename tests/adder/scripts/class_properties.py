# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Properties and descriptors.
class Temp:
    def __init__(self, c): self._c = c
    @property
    def c(self):
        "Degrees."
        return self._c
    @c.setter
    def c(self, v):
        if v < -273: raise ValueError("too cold")
        self._c = v
    @c.deleter
    def c(self): print("deleted")
    @property
    def f(self): return self._c * 9 / 5 + 32
    k = property(lambda self: self._c + 273, doc="Kelvin")
t = Temp(20)
print(t.c, t.f, t.k, Temp.c.__doc__, Temp.k.__doc__)
t.c = 25
t.c += 5
del t.c
print(t.c, t.f)
for bad in (lambda: setattr(t, "f", 1), lambda: setattr(t, "c", -300), lambda: delattr(t, "f"), lambda: setattr(t, "k", 2)):
    try:
        bad()
    except (AttributeError, ValueError) as e:
        print(type(e).__name__, e)
class Typed:
    def __init__(self, kind): self.kind = kind
    def __set_name__(self, owner, name):
        self.name = name
        print("named", owner.__name__, name)
    def __get__(self, obj, owner=None):
        if obj is None: return f"descriptor {self.name}"
        return obj.__dict__.get(self.name, "unset")
    def __set__(self, obj, value):
        if not isinstance(value, self.kind): raise TypeError(f"{self.name} wants {self.kind.__name__}")
        obj.__dict__[self.name] = value
    def __delete__(self, obj): del obj.__dict__[self.name]
class P:
    x = Typed(int)
    s = Typed(str)
p = P()
p.x = 5
print(p.x, p.s, P.x, p.__dict__)
del p.x
print(p.x)
try:
    p.s = 5
except TypeError as e:
    print(e)
class NonData:
    def __get__(self, obj, owner): return "from descriptor"
class Q:
    a = NonData()
q = Q()
print(q.a)
q.a = "instance wins"
print(q.a, Q.a)
class Bound:
    def m(self): return self
b = Bound()
m = b.m
print(m() is b, m.__self__ is b, m.__func__ is Bound.m, Bound.m(5), b.m == b.m, m.__name__)
