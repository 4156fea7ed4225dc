# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A weak-keyed table drops an entry with its key.
import gc
import weakref
class K:
    def __init__(self, n): self.n = n
class V: pass
d = weakref.WeakKeyDictionary()
a, b = K("a"), K("b")
d[a] = 1
d[b] = [2]
print(len(d), d[a], a in d, K("a") in d, sorted(k.n for k in d), sorted(k.n for k in d.keys()))
d[a] += 10
print(d[a], d.get(b), d.get(K("z"), "none"), sorted(str(v) for v in d.values()))
del b
print(len(d), [(k.n, v) for k, v in d.items()])
try:
    d[K("q")]
except KeyError:
    print("KeyError")
died = []
v = V()
r = weakref.ref(v, lambda r: died.append("value"))
k = K("k")
d[k] = v
del v
print(died)
del k
print(died, len(d))
print(d.pop(a), len(d))
ks = [K(i) for i in range(50)]
for k in ks:
    d[k] = k.n * 2
del k
print(len(d), sum(d.values()))
del ks[10:]
gc.collect()
print(len(d), sorted(d.values()))
for k in list(d):
    del d[k]
print(len(d))
try:
    d[5] = 1
except TypeError as e:
    print(e)
