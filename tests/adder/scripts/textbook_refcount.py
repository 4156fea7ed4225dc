# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# What every text on Python's memory shows: counts of one list.
import gc
import sys

a = [1, 2]
print(sys.getrefcount(a))
b = a
print(sys.getrefcount(a))
del b
print(sys.getrefcount(a))
c = list()
c.append(a)
print(sys.getrefcount(a))
del c
print(sys.getrefcount(a))
b = a
print(sys.getrefcount(a))
a = [3, 4]
print(sys.getrefcount(a))
