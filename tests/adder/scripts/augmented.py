# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Augmented assignment evaluates its target once and may act in place.
def index(n):
    print("index", n)
    return n
l = [1, 2, 3]
l[index(1)] += 10
l[index(-1)] *= 2
print(l)
class Holder:
    pass
def holder():
    print("holder")
    return h
h = Holder()
h.v = 5
holder().v -= 2
holder().v **= 3
print(h.v)
x = 7
x += 1; x -= 2; x *= 3; x //= 4; x **= 3; x %= 50; x <<= 3; x >>= 1; x |= 1; x &= 0xff; x ^= 5
print(x)
y = 7
y /= 2
print(y)
class Acc:
    def __init__(self):
        self.log = []
    def __iadd__(self, other):
        self.log.append(other)
        return self
    def __isub__(self, other):
        return "replaced"
    def __mul__(self, other):
        return f"mul {other}"
a = b = Acc()
a += 1
a += 2
print(a is b, b.log)
a *= 3
print(a)
b -= 1
print(b)
t = ([1], 2)
try:
    t[0] += [5]
except TypeError as e:
    print(e, t)
s = "a"
s += "b"
s *= 3
d = {"k": 1}
d["k"] += 1
d.setdefault("l", []).append(1)
print(s, d)
try:
    d["missing"] += 1
except KeyError as e:
    print("KeyError", e)
try:
    nothing += 1
except NameError as e:
    print(e)
try:
    s += 5
except TypeError as e:
    print(e)
try:
    l -= [1]
except TypeError as e:
    print(e)
