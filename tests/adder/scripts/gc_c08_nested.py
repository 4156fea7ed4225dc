# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C8: nested containers whose finalizers collect; long chains dropped at once.
import gc
died = [0]
class Nest:
    def __init__(self, inner):
        self.inner = inner
    def __del__(self):
        died[0] += 1
        gc.collect(0)
n = None
for i in range(150):
    n = Nest(n)
del n
print(died[0])
class Node:
    __slots__ = ("next",)
    def __init__(self, next):
        self.next = next
n = None
for i in range(200000):
    n = Node(n)
del n
print("chain dropped")
l = []
for i in range(1000000):
    l = [l]
m = l
print(m is l, len(l))
del l
del m
print("list dropped")
t = ()
for i in range(300000):
    t = (t,)
t = None
d = {}
for i in range(100000):
    d = {"d": d}
d = None
print("tuples and dicts dropped")
head = tail = [None]
for i in range(200000):
    new = [None]
    tail[0] = new
    tail = new
tail[0] = head
del head, tail, new
print(gc.collect() > 0)
