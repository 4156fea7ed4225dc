# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C34, C36: many short threads; objects outlive the thread that made them.
import threading
made = []
def work(n):
    made.append({"n": n, "list": [n] * 10, "text": str(n)})
for batch in range(50):
    threads = [threading.Thread(target=work, args=(batch * 4 + i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
print(len(made), sorted(d["n"] for d in made) == list(range(200)), all(d["text"] == str(d["n"]) and sum(d["list"]) == d["n"] * 10 for d in made))
made.clear()
def nested(depth, out):
    if depth:
        t = threading.Thread(target=nested, args=(depth - 1, out))
        t.start()
        t.join()
    out.append(depth)
out = []
nested(20, out)
print(out)
errors = []
def fails(n):
    try:
        [][n]
    except IndexError as e:
        errors.append(str(e))
threads = [threading.Thread(target=fails, args=(i,)) for i in range(8)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(set(errors), len(errors))
