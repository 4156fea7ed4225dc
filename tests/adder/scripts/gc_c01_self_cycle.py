# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C1, C2: cycles of one, two and more, of mixed types: exact counts.
import gc
gc.disable()
gc.collect()
l = []
l.append(l)
del l
print("list", gc.collect())
d = {}
d[1] = d
del d
print("dict", gc.collect())
a, b = [], {}
a.append(b)
b["a"] = a
del a, b
print("list and dict", gc.collect())
l = []
t = (l,)
l.append(t)
del l, t
print("tuple", gc.collect())
class A:
    pass
a = A()
a.a = a
del a
print("instance", gc.collect() > 0)
class S:
    __slots__ = ("next",)
a, b = S(), S()
a.next, b.next = b, a
del a, b
print("slots", gc.collect())
def f():
    def g():
        return g
    return g
f()
print("function", gc.collect() > 0)
def make():
    it = iter([])
    l = [it]
    return l
nodes = [[] for _ in range(50)]
for i in range(50):
    nodes[i].append(nodes[(i + 1) % 50])
    nodes[i].append(nodes[(i * 7) % 50])
del nodes
print("ring", gc.collect())
print("nothing", gc.collect())
gc.enable()
