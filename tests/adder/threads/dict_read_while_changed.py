# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A dict is read and iterated while others store and delete: values that were stored, or RuntimeError.
import threading
shared = {i: ("v", i) for i in range(100)}
stop = threading.Event()
bad = []
def read():
    while not stop.is_set():
        for k in range(0, 200, 3):
            v = shared.get(k)
            if v is not None and v != ("v", k):
                bad.append((k, v))
        try:
            for k, v in shared.items():
                if v != ("v", k):
                    bad.append((k, v))
        except RuntimeError as e:
            pass
        for k in list(shared.keys()):
            try:
                if shared[k] != ("v", k):
                    bad.append(k)
            except KeyError:
                pass
def write(seed):
    for i in range(2000):
        k = (i * 13 + seed) % 200
        if i % 3 == 0:
            shared.pop(k, None)
        else:
            shared[k] = ("v", k)
def rebuild():
    for i in range(100):
        shared.update({k: ("v", k) for k in range(200, 260)})
        for k in range(200, 260):
            shared.pop(k, None)
readers = [threading.Thread(target=read) for _ in range(2)]
writers = [threading.Thread(target=write, args=(s,)) for s in range(2)] + [threading.Thread(target=rebuild)]
for t in readers + writers:
    t.start()
for t in writers:
    t.join()
stop.set()
for t in readers:
    t.join()
print(bad, all(shared[k] == ("v", k) for k in list(shared)))
