# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Operators with operands that do not fit. FULL-STDERR
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

price = 10
label = "euro"
total = (price * 3) + label * 2 - price
