# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Daemon threads do not keep the program; others do.
import threading
import time
started = threading.Event()
def forever():
    started.set()
    n = 0
    while True:
        n += 1
        [n] * 10
def sleeper():
    time.sleep(100)
def waits():
    threading.Event().wait()
def late():
    time.sleep(0.1)
    print("the last line")
for f in (forever, sleeper, waits):
    t = threading.Thread(target=f, daemon=True)
    t.start()
    print(f.__name__, t.daemon)
started.wait()
t = threading.Thread(target=late)
t.start()
print("main ends", t.daemon)
