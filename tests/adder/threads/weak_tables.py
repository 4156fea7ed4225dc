# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C26, C27: weak references and weak tables used while their targets die in other threads.
import threading
import weakref
class V:
    def __init__(self, n):
        self.n = n
values = weakref.WeakValueDictionary()
keys = weakref.WeakKeyDictionary()
stop = threading.Event()
bad = []
def churn(seed):
    for i in range(1000):
        v = V(i)
        values[i % 50] = v
        keys[v] = i
        w = V(-i)
        values[seed * 1000 + 100] = w
        if keys.get(v) != i:
            bad.append(("key", i))
        r = weakref.ref(v)
        if r() is not v:
            bad.append(("ref", i))
def read():
    while not stop.is_set():
        for k in range(50):
            v = values.get(k)
            if v is not None and not isinstance(v, V):
                bad.append(v)
            if v is not None and v.n % 50 != k:
                bad.append((k, v.n))
        len(values)
        len(keys)
threads = [threading.Thread(target=churn, args=(s,)) for s in range(2)]
readers = [threading.Thread(target=read) for _ in range(2)]
for t in threads + readers:
    t.start()
for t in threads:
    t.join()
stop.set()
for t in readers:
    t.join()
import gc
gc.collect()
print(bad, len(values), len(keys))
shared = [V(1)]
r = weakref.ref(shared[0])
died = []
weakref.finalize(shared[0], died.append, "once")
def upgrade():
    for i in range(3000):
        v = r()
        if v is None:
            return
        if v.n != 1:
            bad.append(v.n)
threads = [threading.Thread(target=upgrade) for _ in range(4)]
for t in threads:
    t.start()
shared.clear()
for t in threads:
    t.join()
print(bad, died, r())
