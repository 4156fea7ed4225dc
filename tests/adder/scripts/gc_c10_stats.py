# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C10: statistics after collections are monotonic and exact.
import gc
gc.disable()
gc.collect()
def totals():
    return [(s["collections"], s["collected"], s["uncollectable"]) for s in gc.get_stats()]
print(len(gc.get_stats()), [sorted(s) for s in gc.get_stats()])
before = totals()
for i in range(3):
    gc.collect(0)
for i in range(2):
    gc.collect(1)
gc.collect(2)
after = totals()
print([a[0] - b[0] for a, b in zip(after, before)])
before = totals()
l = []
l.append(l)
del l
gc.collect(0)
after = totals()
print([(a[0] - b[0], a[1] - b[1], a[2] - b[2]) for a, b in zip(after, before)])
before = totals()
for i in range(10):
    x, y = [], []
    x.append(y)
    y.append(x)
del x, y
n = gc.collect()
after = totals()
print(n, [(a[0] - b[0], a[1] - b[1]) for a, b in zip(after, before)])
gc.enable()
