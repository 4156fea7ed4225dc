# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C3: a survivor moves through the generations; counts read as CPython's.
import gc
gc.disable()
gc.collect()
gc.collect(0)
x = []
gc.collect(0)
print(gc.get_count()[1:])
gc.collect(1)
print(gc.get_count()[1:])
gc.collect(2)
print(gc.get_count()[1:])
gc.collect()
for i in range(3):
    gc.collect(0)
print(gc.get_count()[1:])
gc.collect(1)
gc.collect(1)
print(gc.get_count()[1:])
gc.collect()
print(gc.get_count()[1:])
for bad in (-1, 3):
    try:
        gc.collect(bad)
    except ValueError as e:
        print(e)
try:
    gc.collect("x")
except TypeError as e:
    print("TypeError")
print(gc.isenabled())
gc.enable()
print(gc.isenabled(), gc.get_threshold())
gc.set_threshold(50, 5, 2)
print(gc.get_threshold())
gc.set_threshold(700, 10, 10)
print(gc.get_threshold(), len(gc.get_count()))
