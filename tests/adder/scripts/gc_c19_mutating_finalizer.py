# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C19, C20: finalizers that change the garbage, make objects and weak references, walk and search.
import gc
import weakref
gc.disable()
gc.collect()
refs = []
class Node:
    live = 0
    def __init__(self, n):
        Node.live += 1
        self.n = n
        self.links = []
    def __del__(self):
        Node.live -= 1
        refs.append(weakref.ref(self.links[0]) if self.links else None)
        self.links.reverse()
        self.links.append([Temp() for _ in range(3)])
        self.links[0].n = -1 if isinstance(self.links[0], Node) else 0
class Temp:
    pass
nodes = [Node(i) for i in range(10)]
for i in range(10):
    nodes[i].links = [nodes[(i + 1) % 10], nodes[(i + 3) % 10]]
del nodes
gc.collect()
gc.collect()
print(Node.live, len(refs), [r() for r in refs if r is not None] == [None] * 10)
class Walks:
    def __del__(self):
        seen.append(len(gc.get_referrers(self)) >= 0)
        seen.append(len(gc.get_objects()) > 0)
        seen.append(len(gc.get_referents(self)) >= 0)
seen = []
w = Walks()
w.me = w
del w
gc.collect()
print(seen)
class Swap:
    def __init__(self): self.other = None
    def __del__(self):
        out.append(self.other is not None)
        if isinstance(self.other, Swap):
            self.other.other = []
out = []
a, b = Swap(), Swap()
a.other, b.other = b, a
del a, b
gc.collect()
print(len(out), out[0])
gc.enable()
