# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A context that is not shown. FULL-STDERR
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

try:
    {}["k"]
except KeyError:
    raise RuntimeError("only this") from None
