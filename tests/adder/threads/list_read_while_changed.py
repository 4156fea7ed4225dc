# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A list is read by index, slice and iteration while others change it: only values that were stored.
import threading
shared = [("v", i) for i in range(100)]
stop = threading.Event()
bad = []
def check(v):
    if not (isinstance(v, tuple) and v[0] == "v"):
        bad.append(v)
def read():
    while not stop.is_set():
        for v in shared:
            check(v)
        for v in shared[10:50]:
            check(v)
        for i in (0, 5, -1):
            try:
                check(shared[i])
            except IndexError:
                pass
        for v in list(shared):
            check(v)
        len(shared)
def write(seed):
    for i in range(1500):
        k = (i * 7 + seed) % 5
        if k == 0:
            shared.append(("v", i))
        elif k == 1:
            try:
                shared.pop()
            except IndexError:
                pass
        elif k == 2:
            try:
                shared[i % 50] = ("v", -i)
            except IndexError:
                pass
        elif k == 3:
            shared.insert(i % 20, ("v", i))
        else:
            shared[0:2] = [("v", i), ("v", i + 1)]
readers = [threading.Thread(target=read) for _ in range(2)]
writers = [threading.Thread(target=write, args=(s,)) for s in range(2)]
for t in readers + writers:
    t.start()
for t in writers:
    t.join()
stop.set()
for t in readers:
    t.join()
print(bad, len(shared) > 0)
