# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# time: only what is the same on every run.
import time
a = time.time()
b = time.time()
print(b >= a, a > 1e9, type(a).__name__)
m = time.monotonic()
time.sleep(0.02)
passed = time.monotonic() - m
print(passed >= 0.02, passed < 5)
p = time.perf_counter()
q = time.perf_counter()
print(q >= p)
time.sleep(0)
try:
    time.sleep(-1)
except ValueError as e:
    print(e)
try:
    time.sleep("a")
except TypeError:
    print("TypeError")
print(isinstance(time.monotonic(), float), isinstance(time.perf_counter(), float))
print(all(time.monotonic() <= time.monotonic() for _ in range(100)))
