# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A division inside a lambda inside a method. FULL-STDERR
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

t = Thing("zero")
print(t.act(len))
t.act(lambda name: len(name) / (helper(1) * 1))
