# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Sets, texts and tuples shared between threads.
import threading
shared = set(range(50))
stop = threading.Event()
bad = []
text = []
def write(seed):
    for i in range(1500):
        shared.add((i * seed) % 500)
        shared.discard((i * 3 + seed) % 500)
def read():
    while not stop.is_set():
        for k in range(0, 500, 7):
            k in shared
        try:
            for v in shared:
                if not isinstance(v, int):
                    bad.append(v)
        except RuntimeError:
            pass
        len(shared)
        try:
            shared.copy()
        except RuntimeError:
            pass
def build(tag):
    s = ""
    for i in range(500):
        s += tag
    text.append(s)
threads = [threading.Thread(target=write, args=(s,)) for s in (3, 7)] + [threading.Thread(target=build, args=(c,)) for c in "ab"]
readers = [threading.Thread(target=read) for _ in range(2)]
for t in threads + readers:
    t.start()
for t in threads:
    t.join()
stop.set()
for t in readers:
    t.join()
print(bad, sorted(len(t) for t in text), sorted(set(t) for t in text) and sorted(t[0] for t in text), all(v in range(500) for v in shared))
