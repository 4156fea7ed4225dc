# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# weakref.finalize: called once, in time or at exit, with its arguments.
import weakref
class T: pass
log = []
def note(*args, **kw):
    log.append((args, sorted(kw.items())))
    return "result"
t = T()
f = weakref.finalize(t, note, 1, 2, k=3)
print(f.alive, f.peek()[0] is t, f.peek()[1] is note, f.peek()[2:])
del t
print(f.alive, log, f(), f.peek(), f.detach())
log.clear()
t = T()
f = weakref.finalize(t, note, "called")
print(f(), f(), f.alive, log)
del t
print(log)
log.clear()
t = T()
f = weakref.finalize(t, note, "detached")
obj, func, args, kw = f.detach()
print(obj is t, args, kw, f.alive)
del t, obj
print(log)
keep = T()
e = weakref.finalize(keep, print, "at exit, first made")
e2 = weakref.finalize(keep, print, "at exit, second made")
e3 = weakref.finalize(keep, print, "never")
e3.atexit = False
print(e.atexit, e3.atexit)
a, b = T(), T()
fs = [weakref.finalize(a, log.append, i) for i in range(3)]
del a
print(sorted(log))  # CPython calls the newest first, tarn in no order
print("end of script")
