# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Event, Barrier, and what threads know of themselves.
import threading
e = threading.Event()
log = []
def wait():
    log.append(e.wait(5))
threads = [threading.Thread(target=wait, name=f"w{i}") for i in range(3)]
print([t.name for t in threads], [t.is_alive() for t in threads], e.is_set(), e.wait(0.01))
for t in threads:
    t.start()
e.set()
for t in threads:
    t.join()
print(log, [t.is_alive() for t in threads], e.is_set())
e.clear()
print(e.is_set())
barrier = threading.Barrier(3)
phases = []
lock = threading.Lock()
def phased():
    for p in range(4):
        with lock:
            phases.append(p)
        barrier.wait()
threads = [threading.Thread(target=phased) for _ in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(phases)
names = []
def me():
    names.append(threading.current_thread().name)
t = threading.Thread(target=me, name="known")
t.start()
t.join(timeout=5)
print(names, threading.current_thread() is threading.main_thread(), threading.current_thread().name)
try:
    t.start()
except RuntimeError as err:
    print(err)
try:
    threading.Thread(target=me).join()
except RuntimeError as err:
    print(err)
print(threading.active_count())
class Own(threading.Thread):
    def __init__(self, n):
        super().__init__()
        self.n = n
    def run(self):
        self.result = self.n * 2
owns = [Own(i) for i in range(4)]
for o in owns:
    o.start()
for o in owns:
    o.join()
print([o.result for o in owns])
