# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# An exception while another was handled. FULL-STDERR
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

def first():
    raise ValueError("first")


def second():
    try:
        first()
    except ValueError:
        return [].pop()


second()
