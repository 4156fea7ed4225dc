# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# An assertion without a message. FULL-STDERR
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

values = [1, 2, 3]
assert len(values) == 3
assert sum(values) == 7
