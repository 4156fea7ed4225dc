# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C6: a threshold of zero and a disabled collector never collect; enabled again, it does.
import gc
runs = []
def note(phase, info):
    if phase == "start":
        runs.append(info["generation"])
gc.callbacks.append(note)
def allocate(n):
    kept = []
    for i in range(n):
        kept.append([i])
    return len(kept)
gc.disable()
runs.clear()
print(allocate(50000), len(runs))
gc.enable()
gc.set_threshold(0)
runs.clear()
print(allocate(50000), len(runs))
gc.set_threshold(100, 10, 10)
runs.clear()
allocate(5000)
print(len(runs) > 0, 0 in runs)
gc.set_threshold(700, 10, 10)
gc.callbacks.remove(note)
print(gc.callbacks)
class Node:
    pass
def garbage(n):
    for i in range(n):
        a = Node()
        a.me = a
died = [0]
class Counted:
    def __del__(self):
        died[0] += 1
def counted(n):
    for i in range(n):
        c = Counted()
        c.me = c
counted(5000)
print(died[0] > 0)
gc.collect()
print(died[0])
