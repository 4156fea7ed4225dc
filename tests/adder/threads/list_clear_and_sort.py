# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# clear, extend and sort meet readers.
import threading
shared = list(range(50))
stop = threading.Event()
bad = []
def read():
    while not stop.is_set():
        try:
            for v in shared:
                if not isinstance(v, int):
                    bad.append(v)
            shared.count(3)
            3 in shared
            shared.copy()
        except (IndexError, ValueError) as e:
            bad.append(repr(e))
def write():
    for i in range(300):
        shared.clear()
        shared.extend(range(50, 0, -1))
        try:
            shared.sort()
        except ValueError:
            pass
        shared.reverse()
readers = [threading.Thread(target=read) for _ in range(2)]
for t in readers:
    t.start()
w = threading.Thread(target=write)
w.start()
w.join()
stop.set()
for t in readers:
    t.join()
print(bad, len(shared), sorted(shared) == list(range(1, 51)))
