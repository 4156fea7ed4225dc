# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# SystemExit without a value is status 0. FULL-STDERR
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

raise SystemExit
