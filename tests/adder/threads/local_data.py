# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# threading.local: each thread sees its own attributes, and they die with it.
import threading
import weakref
local = threading.local()
local.name = "main"
results = []
lock = threading.Lock()
class Thing:
    pass
refs = []
def work(n):
    seen = hasattr(local, "name")
    local.name = f"t{n}"
    local.thing = Thing()
    with lock:
        refs.append(weakref.ref(local.thing))
    for i in range(200):
        if local.name != f"t{n}":
            with lock:
                results.append("mixed")
    with lock:
        results.append((n, seen, local.name))
threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(results), local.name, hasattr(local, "thing"))
import gc
gc.collect()
print([r() for r in refs])
