# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A bounded buffer by Condition.
import threading
cond = threading.Condition()
buffer = []
done = []
def produce(n):
    for i in range(n):
        with cond:
            while len(buffer) >= 5:
                cond.wait()
            buffer.append(i)
            cond.notify_all()
def consume(out):
    while True:
        with cond:
            while not buffer:
                cond.wait()
            v = buffer.pop(0)
            cond.notify_all()
        if v is None:
            return
        out.append(v)
outs = [[], []]
producers = [threading.Thread(target=produce, args=(300,)) for _ in range(2)]
consumers = [threading.Thread(target=consume, args=(o,)) for o in outs]
for t in producers + consumers:
    t.start()
for t in producers:
    t.join()
for _ in consumers:
    with cond:
        buffer.append(None)
        cond.notify_all()
for t in consumers:
    t.join()
print(sorted(outs[0] + outs[1]) == sorted(list(range(300)) * 2), buffer)
with cond:
    print(cond.wait(timeout=0.01))
    print(cond.wait_for(lambda: True), cond.wait_for(lambda: False, timeout=0.01))
try:
    cond.notify()
except RuntimeError as e:
    print(e)
