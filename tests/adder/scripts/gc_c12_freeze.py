# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C12: frozen objects are set aside and come back.
import gc
gc.disable()
gc.collect()
gc.unfreeze()
print(gc.get_freeze_count())
kept = [[] for _ in range(100)]
gc.freeze()
n = gc.get_freeze_count()
print(n >= 100)
print(any(o is kept for g in range(3) for o in gc.get_objects(generation=g)))
a = []
a.append(a)
del a
print(gc.collect())
print(gc.get_freeze_count() <= n)
gc.unfreeze()
print(gc.get_freeze_count())
print(any(o is kept for o in gc.get_objects(generation=2)), len(kept))
kept.append(kept)
gc.freeze()
del kept
print(gc.collect())
gc.unfreeze()
print(gc.collect() >= 101)
gc.enable()
