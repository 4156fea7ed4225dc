# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Stages joined by queues; every item arrives once, transformed.
import queue
import threading
first, second, third = queue.Queue(10), queue.Queue(10), queue.Queue()
def stage(source, target, f):
    while True:
        item = source.get()
        if item is None:
            source.put(None)
            break
        target.put(f(item))
        source.task_done()
squares = [threading.Thread(target=stage, args=(first, second, lambda x: x * x)) for _ in range(2)]
texts = [threading.Thread(target=stage, args=(second, third, lambda x: {"n": x, "text": str(x)})) for _ in range(2)]
for t in squares + texts:
    t.start()
for i in range(1000):
    first.put(i)
first.put(None)
for t in squares:
    t.join()
second.put(None)
for t in texts:
    t.join()
out = []
while not third.empty():
    out.append(third.get())
print(len(out), sorted(d["n"] for d in out) == [i * i for i in range(1000)], all(d["text"] == str(d["n"]) for d in out))
