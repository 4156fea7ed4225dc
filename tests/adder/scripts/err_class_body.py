# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Inside the body of a class. FULL-STDERR
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

class Broken:
    x = 1
    y = x + undefined_here
    z = 3


print("never")
