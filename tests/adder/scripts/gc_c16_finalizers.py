# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C16: {simple, self-cycle, chain, mixed} x {plain, resurrects, breaks the cycle}.
import gc
gc.disable()
gc.collect()
log = []
saved = []
class Plain:
    def __init__(self, name): self.name, self.other = name, None
    def __del__(self): log.append(self.name)
class Resurrect(Plain):
    def __del__(self):
        log.append(self.name)
        saved.append(self)
class Break(Plain):
    def __del__(self):
        log.append(self.name)
        self.other = None
for cls in (Plain, Resurrect, Break):
    x = cls("simple")
    del x
    print(cls.__name__, log, len(saved))
    log.clear()
    saved.clear()
    x = cls("self")
    x.other = x
    del x
    gc.collect()
    print(cls.__name__, log, len(saved), all(s.other is s for s in saved))
    log.clear()
    saved.clear()
    gc.collect()
    first = last = cls("c0")
    for i in range(1, 5):
        n = cls(f"c{i}")
        last.other = n
        last = n
    last.other = first
    del first, last, n
    gc.collect()
    print(cls.__name__, sorted(log), len(saved))
    log.clear()
    saved.clear()
    gc.collect()
    print(cls.__name__, "again", log)
a, b, c = Plain("p"), Resurrect("r"), Break("b")
a.other, b.other, c.other = b, c, a
del a, b, c
gc.collect()
print(sorted(log), [s.name for s in saved])
print(saved[0].other.name, saved[0].other.other)
saved.clear()
log.clear()
gc.collect()
print(log)
gc.enable()
