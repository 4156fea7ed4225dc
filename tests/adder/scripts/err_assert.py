# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# An assertion with a message. FULL-STDERR
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

def check(n):
    assert n > 0, f"n is {n}"
    return n


check(5)
check(-5)
