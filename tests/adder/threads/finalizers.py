# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Finalizers in threads: each object once, whichever thread drops it.
import gc
import threading
lock = threading.RLock()
died = {}
class Fin:
    def __init__(self, key):
        self.key = key
        self.other = None
    def __del__(self):
        with lock:
            died[self.key] = died.get(self.key, 0) + 1
def simple(tag):
    for i in range(300):
        f = Fin((tag, i))
def cycles(tag):
    for i in range(300):
        a, b = Fin((tag, "a", i)), Fin((tag, "b", i))
        a.other, b.other = b, a
handed = []
def hand(tag):
    for i in range(300):
        handed.append(Fin((tag, "h", i)))
def take():
    for i in range(400):
        try:
            handed.pop()
        except IndexError:
            pass
threads = [threading.Thread(target=f, args=(n,)) for n, f in enumerate((simple, simple, cycles, cycles, hand))]
threads.append(threading.Thread(target=take))
for t in threads:
    t.start()
for t in threads:
    t.join()
handed.clear()
gc.collect()
print(len(died), set(died.values()))
