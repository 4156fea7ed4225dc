# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C24, C25: which callbacks run when weak reference and target die together.
import gc
import weakref
gc.disable()
gc.collect()
log = []
class T: pass
class Holder: pass
a = T()
a.me = a
outside = weakref.ref(a, lambda r: log.append("outside"))
a.inside = weakref.ref(a, lambda r: log.append("inside"))
del a
gc.collect()
print(log, outside())
log.clear()
t = T()
h = Holder()
h.ref = weakref.ref(t, lambda r: log.append("dropped with holder"))
del h
del t
print(log)
class Fin:
    def __init__(self): self.ref = None
    def __del__(self): log.append(("del sees", self.ref() is None if self.ref else None))
f, g = Fin(), Fin()
f.link, g.link = g, f
f.ref, g.ref = weakref.ref(g), weakref.ref(f)
del f, g
gc.collect()
print(log)
log.clear()
t = T()
order = [weakref.ref(t, lambda r, i=i: log.append(i)) for i in range(5)]
del t
print(sorted(log), len(log))
log.clear()
t = T()
def resurrecting(ref):
    log.append(ref())
r = weakref.ref(t, resurrecting)
t = None
print(log)
t = T()
r2 = weakref.ref(t, lambda r: order.clear())
del t
print(order)
t = T()
class Cb:
    def __call__(self, ref): log.append("object callback")
r3 = weakref.ref(t, Cb())
del t
print(log)
gc.enable()
