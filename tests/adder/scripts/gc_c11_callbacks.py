# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C11: start and stop callbacks come in pairs with the right generation and figures.
import gc
gc.disable()
gc.collect()
log = []
def watch(phase, info):
    log.append((phase, info["generation"], info["collected"], info["uncollectable"]))
gc.callbacks.append(watch)
for g in range(3):
    gc.collect(g)
print(log)
log.clear()
l = []
l.append(l)
del l
gc.collect()
print([e[0] for e in log], log[-1][2] >= 1, log[0][2])
log.clear()
def once(phase, info):
    log.append("once " + phase)
    gc.callbacks.remove(once)
gc.callbacks.append(once)
gc.collect(0)
gc.collect(0)
print([e for e in log if isinstance(e, str)], len(gc.callbacks))
gc.callbacks.remove(watch)
log.clear()
gc.collect()
print(log, gc.callbacks)
def empties(phase, info):
    gc.garbage.clear()
gc.callbacks.append(empties)
gc.set_debug(gc.DEBUG_SAVEALL)
l = []
l.append(l)
del l
gc.collect()
gc.set_debug(0)
gc.callbacks.clear()
print(gc.garbage)
gc.enable()
