# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C5: the youngest count rises with an allocated container and falls when it goes.
import gc
gc.disable()
gc.collect()
def grown(make):
    kept = [None] * 200  # more than CPython keeps on its free lists
    before = gc.get_count()[0]
    for i in range(200):
        kept[i] = make()
    during = gc.get_count()[0]
    for i in range(200):
        kept[i] = None
    return during - before
class C:
    pass
print(grown(lambda: []) >= 100, grown(lambda: {"k": []}) >= 100, grown(C) >= 100)
print(grown(lambda: 5) < 100, grown(lambda: "text") < 100)
before = len(gc.get_objects())
kept = [[] for _ in range(100)]
print(len(gc.get_objects()) - before >= 100)
del kept
print(len(gc.get_objects()) - before < 100)
print(gc.get_count()[0] >= 0, all(isinstance(n, int) for n in gc.get_count()))
gc.enable()
