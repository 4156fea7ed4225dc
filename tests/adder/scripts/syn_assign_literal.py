# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# An error of syntax: nothing runs; line, caret and words are CPython's.
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

print('nothing above may run')
5 = x
