# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# An exception in a finalizer is told and ignored.
class Bad:
    def __del__(self):
        raise ValueError("in the finalizer")


b = Bad()
del b
print("goes on")
print("and ends well")
b = [Bad()]
b.clear()
print("again")
for i in range(2):
    print(i)
