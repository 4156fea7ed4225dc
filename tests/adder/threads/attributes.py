# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Attributes of one object and of one class, stored, read and deleted by several threads.
import threading
class Shared:
    level = 0
    def method(self):
        return self.a
s = Shared()
s.a = s.b = ("ok", 0)
stop = threading.Event()
bad = []
def read():
    while not stop.is_set():
        for v in (s.a, s.method(), getattr(s, "b", ("ok", None)), getattr(s, "c", ("ok", None))):
            if v[0] != "ok":
                bad.append(v)
        if not isinstance(Shared.level, int) or not isinstance(s.level, int):
            bad.append("level")
        for k in list(s.__dict__):
            if not isinstance(k, str):
                bad.append(k)
def write(seed):
    for i in range(2000):
        s.a = ("ok", i)
        setattr(s, f"n{i % 30}", ("ok", i))
        s.b = ("ok", seed)
        Shared.level = i
        s.c = ("ok", i)
        try:
            del s.c
        except AttributeError:
            pass
        if i % 10 == 0:
            Shared.method = lambda self: self.b
readers = [threading.Thread(target=read) for _ in range(2)]
writers = [threading.Thread(target=write, args=(n,)) for n in range(2)]
for t in readers + writers:
    t.start()
for t in writers:
    t.join()
stop.set()
for t in readers:
    t.join()
print(bad, sorted(k for k in s.__dict__ if k[0] == "n")[:3], s.a, Shared.level)
