# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C17, C18: one resurrector keeps itself and what it reaches; its finalizer runs once.
import gc
gc.disable()
gc.collect()
kept = []
class Node:
    def __init__(self):
        self.me = self
        self.link = None
ran = [0]
class Rises(Node):
    def __del__(self):
        ran[0] += 1
        kept.append(self)
nodes = [Node() for _ in range(99)]
r = Rises()
r.link = nodes[0]
nodes[0].link = nodes[1]
del nodes, r
gc.collect()
print(len(kept), ran[0], kept[0].link.me is kept[0].link, kept[0].link.link is not None, kept[0].me is kept[0])
print(gc.is_finalized(kept[0]), gc.is_finalized(Node()))
kept.clear()
gc.collect()
print(len(kept), ran[0])
class Simple:
    def __del__(self):
        ran[0] += 1
        kept.append(self)
ran[0] = 0
s = Simple()
del s
print(len(kept), ran[0])
kept.clear()
print(len(kept), ran[0])
s = Simple()
s.attr = "x"
s = None
print(kept.pop().attr, ran[0])
gc.enable()
