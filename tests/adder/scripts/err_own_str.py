# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# An own exception with an own text. FULL-STDERR
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

class Coded(Exception):
    def __init__(self, code):
        self.code = code

    def __str__(self):
        return f"code {self.code}, twice {self.code * 2}"


class Nested:
    class Inner(Coded):
        pass


raise Nested.Inner(21)
