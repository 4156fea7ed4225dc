# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# x += 1 under a lock loses nothing; RLock, Semaphore and Condition too.
import threading
lock = threading.Lock()
rlock = threading.RLock()
count = 0
recount = 0
class Box:
    n = 0
box = Box()
def work():
    global count, recount
    for i in range(2000):
        with lock:
            count += 1
            box.n += 1
        with rlock:
            with rlock:
                recount += 1
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(count, recount, box.n, lock.locked())
print(lock.acquire(), lock.acquire(blocking=False), lock.acquire(timeout=0.01), lock.locked())
lock.release()
try:
    lock.release()
except RuntimeError as e:
    print(e)
try:
    rlock.release()
except RuntimeError as e:
    print(e)
sem = threading.Semaphore(2)
inside = most = 0
def guarded():
    global inside, most
    for i in range(50):
        with sem:
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1
threads = [threading.Thread(target=guarded) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(inside, most <= 2, most >= 1)
