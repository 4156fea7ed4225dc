# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A bare raise keeps the first traceback. FULL-STDERR
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

def inner():
    raise IndexError("inner fault")


def outer():
    try:
        inner()
    except IndexError as e:
        print("seen", e)
        raise


outer()
