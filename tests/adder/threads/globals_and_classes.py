# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Globals, classes and functions made and replaced while others call them.
import threading
def function():
    return ("f", 0)
current = 0
stop = threading.Event()
bad = []
def call():
    while not stop.is_set():
        v = function()
        if v[0] != "f":
            bad.append(v)
        if not isinstance(current, int):
            bad.append(current)
        k = Kind(5)
        if k.get() != 5:
            bad.append("kind")
class Kind:
    def __init__(self, n):
        self.n = n
    def get(self):
        return self.n
def replace():
    global function, current, Kind
    for i in range(500):
        def made(i=i):
            return ("f", i)
        function = made
        current = i
        class New(Kind if i % 20 else object):
            def __init__(self, n):
                self.n = n
            def get(self):
                return self.n
        Kind = New
        globals()[f"extra{i % 10}"] = i
callers = [threading.Thread(target=call) for _ in range(2)]
for t in callers:
    t.start()
r = threading.Thread(target=replace)
r.start()
r.join()
stop.set()
for t in callers:
    t.join()
print(bad, function(), current, Kind(5).get(), extra9)
