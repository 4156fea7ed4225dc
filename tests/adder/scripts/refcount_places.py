# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Who holds a reference: variables, containers, attributes, closures, arguments.
import sys
count = sys.getrefcount
x = object()
base = count(x)
l = [x, x, x]
print(count(x) - base)
l.pop()
print(count(x) - base)
t = (x,)
d = {"k": x}
d[x] = 1
print(count(x) - base)
class C:
    pass
c = C()
c.attr = x
print(count(x) - base)
def closure():
    y = x
    return lambda: y
f = closure()
print(count(x) - base)
def default(v=x):
    return count(v)
print(count(x) - base)
print(default() - base > 0)
del l, t, d, c, f, default
print(count(x) - base)
g = (x for _ in [x])
n = [v for v in [x, x]]
print(count(x) - base)
del g, n
print(count(x) - base)
def raises():
    local = x
    raise ValueError(local)
try:
    raises()
except ValueError as e:
    print(count(x) - base > 0)
print(count(x) - base)
s = {x}
s.clear()
a, b = x, x
b = None
print(count(x) - base)
for a in range(2):
    pass
print(count(x) - base)
