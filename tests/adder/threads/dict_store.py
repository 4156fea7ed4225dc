# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Nothing is lost in a single store into a dict.
import threading
shared = {}
def work(tag):
    for i in range(2000):
        shared[(tag, i)] = i
        shared[i % 10] = (tag, i)
threads = [threading.Thread(target=work, args=(t,)) for t in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(len(shared), all(shared[(t, i)] == i for t in range(4) for i in range(2000)))
print(sorted(k for k in shared if isinstance(k, int)))
once = {}
first = [threading.Thread(target=once.setdefault, args=("k", i)) for i in range(4)]
for t in first:
    t.start()
for t in first:
    t.join()
print(len(once), once["k"] in range(4))
print(all(shared[k][1] % 10 == k for k in range(10)))
