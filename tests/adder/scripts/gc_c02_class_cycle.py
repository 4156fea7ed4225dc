# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C2: classes, methods, frames and generators in cycles are found.
import gc
import weakref
gc.disable()
gc.collect()
class A:
    pass
A.me = A
r = weakref.ref(A)
del A
gc.collect()
print("class", r() is None)
class B:
    def m(self):
        pass
b = B()
b.bound = b.m
r = weakref.ref(b)
del b
print("before", r() is None)
gc.collect()
print("bound method", r() is None)
def generator():
    holder.append(me)
    yield 1
    yield 2
class Holder(list):
    pass
holder = Holder()
me = generator()
next(me)
holder.append(me)
r = weakref.ref(holder)
holder.append(holder)
del holder
gc.collect()
print("generator", r() is None)
del me
def outer():
    obj = Holder()
    def inner():
        return obj
    obj.append(inner)
    return weakref.ref(obj)
r = outer()
gc.collect()
print("closure", r() is None)
def keep_error():
    obj = Holder()
    try:
        raise ValueError(obj)
    except ValueError as e:
        err = e
    obj.append(err)
    return weakref.ref(obj)
r = keep_error()
gc.collect()
print("exception", r() is None)
gc.enable()
