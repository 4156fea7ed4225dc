# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C27: a weak-valued table never shows a dead value.
import gc
import weakref
class V:
    def __init__(self, n): self.n = n
    def __repr__(self): return f"V{self.n}"
d = weakref.WeakValueDictionary()
a, b = V(1), V(2)
d["a"] = a
d["b"] = b
print(len(d), d["a"], d.get("b"), "a" in d, sorted(d.keys()), sorted(v.n for v in d.values()), sorted((k, v.n) for k, v in d.items()))
del a
print(len(d), "a" in d, d.get("a"), d.get("a", "none"), sorted(d))
try:
    d["a"]
except KeyError as e:
    print("KeyError", e)
c = V(3)
d["b"] = c
del b
print(d["b"], len(d))
print(d.pop("b") is c, len(d))
d["x"] = c
print(d.setdefault("x", V(9)) is c)
del d["x"]
print(list(d.items()))
kept = [V(i) for i in range(100)]
for v in kept:
    d[v.n] = v
print(len(d))
kept = kept[::2]
del v
gc.collect()
print(len(d), sorted(d)[:5])
cyc = V("cycle")
cyc.me = cyc
d["cyc"] = cyc
del cyc
gc.collect()
print("cyc" in d)
for k in list(d):
    if k % 3 == 0:
        del d[k]
print(len(d), sum(d.keys()))
kept.clear()
print(len(d), bool(d), list(d))
try:
    d["bad"] = 5
except TypeError as e:
    print(e)
