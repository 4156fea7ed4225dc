# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# queue: order, limits, errors.
import queue
q = queue.Queue()
for i in range(5):
    q.put(i)
print(q.qsize(), q.empty(), q.full(), [q.get() for _ in range(5)], q.empty())
try:
    q.get(block=False)
except queue.Empty as e:
    print("Empty", e)
try:
    q.get_nowait()
except queue.Empty:
    print("Empty again")
try:
    q.get(timeout=0.01)
except queue.Empty:
    print("Empty after a wait")
q = queue.Queue(maxsize=2)
q.put("a")
q.put_nowait("b")
print(q.full())
try:
    q.put("c", block=False)
except queue.Full:
    print("Full")
try:
    q.put("c", timeout=0.01)
except queue.Full:
    print("Full after a wait")
print(q.get(), q.get())
s = queue.LifoQueue()
for x in "abc":
    s.put(x)
print([s.get() for _ in range(3)])
p = queue.PriorityQueue()
for n in (5, 1, 4, 2, 3):
    p.put((n, str(n)))
print([p.get() for _ in range(5)])
q = queue.Queue()
q.put(1)
q.get()
q.task_done()
q.join()
try:
    q.task_done()
except ValueError as e:
    print(e)
sq = queue.SimpleQueue()
sq.put(7)
print(sq.get(), sq.empty())
