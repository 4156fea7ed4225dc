# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# The attribute at fault is marked. FULL-STDERR
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

class Node:
    def __init__(self, next=None):
        self.next = next


chain = Node(Node(Node()))
print(chain.next.next.next is None)
chain.next.next.next.next
