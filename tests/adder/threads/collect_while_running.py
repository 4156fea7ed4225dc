# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C30, C31: collections, walks and thresholds changed while threads build cycles.
import gc
import threading
class Node:
    def __init__(self, n):
        self.n = n
        self.links = []
stop = threading.Event()
bad = []
def build(seed):
    kept = []
    for i in range(400):
        nodes = [Node(j) for j in range(5)]
        for j in range(5):
            nodes[j].links.append(nodes[(j + 1) % 5])
        if i % 10 == 0:
            kept.append(nodes[0])
        if i % 50 == 0:
            kept.clear()
    for first in kept:
        n = first
        for j in range(5):
            if n.n != j:
                bad.append((n.n, j))
            n = n.links[0]
def collect():
    while not stop.is_set():
        gc.collect(0)
        gc.collect()
        gc.get_count()
        gc.get_stats()
def walk():
    while not stop.is_set():
        for o in gc.get_objects():
            if type(o) is Node and not isinstance(o.n, int):
                bad.append(o)
        gc.set_threshold(500, 10, 10)
        gc.get_threshold()
threads = [threading.Thread(target=build, args=(s,)) for s in range(2)]
others = [threading.Thread(target=f) for f in (collect, walk)]
for t in threads + others:
    t.start()
for t in threads:
    t.join()
stop.set()
for t in others:
    t.join()
gc.collect()
print(bad, sum(type(o) is Node for o in gc.get_objects()))
