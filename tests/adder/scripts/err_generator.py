# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Through a generator and a comprehension. FULL-STDERR
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

def produce():
    yield 1
    yield 2
    raise OSError("source is dry")


def consume():
    return [x * 2 for x in produce()]


consume()
