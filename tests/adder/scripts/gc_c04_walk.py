# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C4: an object is in exactly the expected generation.
import gc
gc.disable()
gc.collect()
def where(obj):
    return [g for g in range(3) if any(o is obj for o in gc.get_objects(generation=g))]
x = []
print(where(x))
gc.collect(0)
print(where(x))
gc.collect(1)
print(where(x))
gc.collect(2)
print(where(x))
print(any(o is x for o in gc.get_objects()))
for bad in (3, -2):
    try:
        gc.get_objects(generation=bad)
    except ValueError as e:
        print(e)
class C:
    pass
c = C()
print(where(c), gc.is_tracked([]), gc.is_tracked(5), gc.is_tracked("a"), gc.is_tracked(c), gc.is_tracked(None))
gc.enable()
print(isinstance(gc.get_objects(), list), len(gc.get_objects()) > 10)
