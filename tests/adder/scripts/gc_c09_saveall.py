# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C9: the save-all debug flag keeps garbage, intact, in gc.garbage.
import gc
gc.disable()
gc.collect()
print(gc.get_debug(), gc.garbage)
gc.set_debug(gc.DEBUG_SAVEALL)
a = ["payload"]
a.append(a)
del a
gc.collect()
found = [o for o in gc.garbage if isinstance(o, list) and o and o[0] == "payload"]
print(len(found), found[0][1] is found[0], gc.get_debug() == gc.DEBUG_SAVEALL)
gc.set_debug(0)
found.clear()
gc.garbage.clear()
print(gc.garbage)
print(gc.collect() >= 1, gc.get_debug())
print(gc.DEBUG_STATS, gc.DEBUG_COLLECTABLE, gc.DEBUG_UNCOLLECTABLE, gc.DEBUG_SAVEALL, gc.DEBUG_LEAK)
class C:
    pass
c = C()
c.c = c
gc.set_debug(gc.DEBUG_SAVEALL)
del c
gc.collect()
print(any(isinstance(o, C) for o in gc.garbage))
gc.set_debug(0)
gc.garbage.clear()
gc.collect()
gc.enable()
