# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Binary trees built and dropped: allocation and counts."""
from harness import run


class Node:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left = left
        self.right = right

    def count(self):
        if self.left is None:
            return 1
        return 1 + self.left.count() + self.right.count()


def build(depth):
    if depth == 0:
        return Node(None, None)
    return Node(build(depth - 1), build(depth - 1))


def work():
    deepest = 16
    total = build(deepest + 1).count()
    kept = build(deepest)
    for depth in range(4, deepest + 1, 3):
        for _ in range(1 << (deepest - depth)):
            total += build(depth).count()
    return total + kept.count()


run(work)
