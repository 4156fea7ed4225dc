# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C22: weak references: alive, dead, callbacks, equality, hashing.
import weakref
class T:
    def __init__(self, n=0): self.n = n
    def __eq__(self, o): return isinstance(o, T) and self.n == o.n
    def __hash__(self): return hash(self.n)
log = []
t = T(1)
r = weakref.ref(t)
print(r() is t, r().n, r is weakref.ref(t), weakref.getweakrefcount(t))
c1 = weakref.ref(t, lambda ref: log.append(("c1", ref is c1, ref())))
c2 = weakref.ref(t, lambda ref: log.append(("c2", ref is c2, ref())))
c3 = weakref.ref(t, lambda ref: log.append("never"))
print(c1 is r, weakref.getweakrefcount(t), len(weakref.getweakrefs(t)))
del c3
print(weakref.getweakrefcount(t))
del t
print(r(), c1(), sorted(log))
a, b = T(5), T(5)
ra, rb = weakref.ref(a), weakref.ref(b)
print(ra == rb, ra is rb, hash(ra) == hash(a), ra != weakref.ref(a), {ra: "v"}[rb])
h = hash(ra)
del a
print(ra == rb, ra == ra, hash(ra) == h)
rc = weakref.ref(T(7))
print(rc())
try:
    hash(rc)
except TypeError as e:
    print(e)
for bad in (5, "a", None, (), 1.5):
    try:
        weakref.ref(bad)
    except TypeError as e:
        print(e)
print(r.__callback__, isinstance(r, weakref.ref), weakref.ref(len) is not None)
def func(): pass
rf = weakref.ref(func)
print(rf() is func)
del func
print(rf())
class Slot:
    __slots__ = ("__weakref__", "v")
s = Slot()
print(weakref.ref(s)() is s)
class NoWeak:
    __slots__ = ("v",)
try:
    weakref.ref(NoWeak())
except TypeError as e:
    print(e)
