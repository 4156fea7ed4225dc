# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Nothing is lost in a single append.
import threading
shared = []
def work(tag):
    for i in range(2000):
        shared.append((tag, i))
threads = [threading.Thread(target=work, args=(t,)) for t in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(len(shared), len(set(shared)))
two = []
grown = [threading.Thread(target=two.extend, args=(range(i * 100, i * 100 + 100),)) for i in range(4)]
for t in grown:
    t.start()
for t in grown:
    t.join()
print(sorted(two) == list(range(400)))
for tag in range(4):
    own = [i for t, i in shared if t == tag]
    print(tag, own == list(range(2000)))
