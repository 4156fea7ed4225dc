# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A name that is not bound, three calls deep. FULL-STDERR
def helper(n):
    """Something that works, before what does not."""
    total = 0
    for i in range(n):
        total += i
    return total


class Thing:
    def __init__(self, name):
        self.name = name

    def act(self, what):
        return what(self.name)


print("begins", helper(10))

def a(x):
    return b(x) + 1


def b(x):
    return c(x) * 2


def c(x):
    return x + not_bound


a(1)
print("never")
