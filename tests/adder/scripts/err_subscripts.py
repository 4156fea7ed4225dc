# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# The subscript at fault is marked. FULL-STDERR
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

table = {"rows": [[1, 2], [3, 4]]}
print(table["rows"][0][1])
print(table["rows"][1]["column"])
