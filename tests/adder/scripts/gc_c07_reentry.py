# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C7: collecting inside a finalizer, a weak callback, a gc callback.
import gc
import weakref
gc.disable()
results = []
class Fin:
    def __del__(self):
        results.append(("del", gc.collect()))
f = Fin()
f.me = f
del f
gc.collect()
print(results)
results.clear()
class T:
    pass
def callback(ref):
    results.append(("callback", gc.collect()))
t = T()
t.me = t
r = weakref.ref(t, callback)
del t
gc.collect()
print(results, r() is None)
results.clear()
def hook(phase, info):
    results.append((phase, gc.collect()))
gc.callbacks.append(hook)
gc.collect()
gc.callbacks.remove(hook)
print(results)
gc.enable()
f = Fin()
del f
print(len(results))
