# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C18: what was resurrected once is freed in the end, its finalizer not run again, in cycles too.
import gc
import weakref
gc.disable()
gc.collect()
runs = []
kept = []
class Node:
    def __init__(self, name):
        self.name = name
        self.peers = [self]
    def __del__(self):
        runs.append(self.name)
        kept.append(self)
n = Node("cycle")
w = weakref.ref(n)
del n
gc.collect()
print(runs, w() is None, len(kept), kept[0].name)
w2 = weakref.ref(kept[0])
kept.clear()
print(w2() is not None)
gc.collect()
print(runs, w2() is None, len(kept))
s = Node("simple")
s.peers = None
w3 = weakref.ref(s)
del s
print(runs, w3() is None, len(kept))
w4 = weakref.ref(kept[0], lambda r: runs.append("callback"))
kept.clear()
print(runs, w4() is None)
pair = [Node("p"), Node("q")]
pair[0].peers, pair[1].peers = [pair[1]], [pair[0]]
runs.clear()
del pair
gc.collect()
print(sorted(runs), len(kept), kept[0].peers[0].peers[0] is kept[0])
runs.clear()
kept.clear()
gc.collect()
print(runs, kept)
gc.enable()
