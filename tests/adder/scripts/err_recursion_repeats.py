# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Repeated frames are counted, not shown. FULL-STDERR
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

def down(n):
    if n == 0:
        raise ValueError("the ground")
    return down(n - 1)


down(30)
