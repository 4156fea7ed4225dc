# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Several threads take from one iterator: each value at most once from a list's.
import threading
lock = threading.Lock()
it = iter(list(range(3000)))
taken = [[] for _ in range(4)]
def work(mine):
    while True:
        with lock:
            try:
                v = next(it)
            except StopIteration:
                return
        mine.append(v)
threads = [threading.Thread(target=work, args=(m,)) for m in taken]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(v for m in taken for v in m) == list(range(3000)))
free = iter(list(range(2000)))
seen = [[] for _ in range(3)]
def bare(mine):
    for v in free:
        mine.append(v)
threads = [threading.Thread(target=bare, args=(m,)) for m in seen]
for t in threads:
    t.start()
for t in threads:
    t.join()
values = set(v for m in seen for v in m)
print(values == set(range(2000)), all(m == sorted(m) for m in seen))
def count():
    for i in range(1000):
        yield i
g = count()
errors = []
got = []
def drain():
    while True:
        try:
            got.append(next(g))
        except StopIteration:
            return
        except ValueError as e:
            errors.append(str(e))
threads = [threading.Thread(target=drain) for _ in range(2)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(got) == list(range(1000)), set(errors) <= {"generator already executing"})
