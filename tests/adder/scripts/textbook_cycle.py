# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# What every text on Python's memory shows: two lists that hold each other.
import gc
import sys

gc.collect()
a = [1, 2]
b = [3, 4]
print(sys.getrefcount(a))
a.append(b)
print(sys.getrefcount(b))
b.append(a)
print(sys.getrefcount(a))
del a
del b
try:
    a
except NameError as e:
    print(e)
try:
    b
except NameError as e:
    print(e)
print(gc.collect())
print(gc.collect())
print(gc.get_threshold())
