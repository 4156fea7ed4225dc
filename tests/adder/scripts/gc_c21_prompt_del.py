# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C21: finalizers run at once, in the order in which the last reference goes.
log = []
class D:
    def __init__(self, n): self.n = n
    def __del__(self): log.append(self.n)
def flush():
    print(log)
    log.clear()
a = D("a")
a = None
flush()
a = D("first")
a = D("second")
flush()
del a
flush()
def f():
    x = D("local")
    y = D("y")
    return "returned"
print(f())
print(sorted(log))
log.clear()
D("temporary")
flush()
l = [D(i) for i in range(3)]
l.pop()
flush()
l[0] = None
flush()
l.clear()
flush()
d = {"k": D("value")}
d["k"] = 5
flush()
def raises():
    x = D("in raise")
    raise ValueError
try:
    raises()
except ValueError:
    pass
flush()
o = D("attr owner")
o.child = D("child")
o = None
flush()
print(D("in call").n, log)
flush()
class Bad:
    def __del__(self): log.append("bad ran")
def gen():
    x = D("generator local")
    yield 1
g = gen()
next(g)
del g
flush()
with_default = (lambda v=D("default"): v)
with_default = None
flush()
