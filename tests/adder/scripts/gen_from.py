# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# yield from passes values, exceptions and the result through.
def inner(tag):
    try:
        got = yield f"{tag}1"
        print(tag, "got", got)
        yield f"{tag}2"
    except ValueError as e:
        print(tag, "caught", e)
        yield f"{tag}caught"
    finally:
        print(tag, "done")
    return f"{tag} result"
def outer():
    a = yield from inner("a")
    print("a ->", a)
    b = yield from inner("b")
    print("b ->", b)
    c = yield from [10, 20]
    print("c ->", c)
    return "all"
g = outer()
print(next(g), g.send("hello"), next(g), g.throw(ValueError("bad")), next(g), next(g))
try:
    next(g)
except StopIteration as e:
    print(e.value)
g = outer()
next(g)
g.close()
def flatten(tree):
    for node in tree:
        if isinstance(node, list):
            yield from flatten(node)
        else:
            yield node
print(list(flatten([1, [2, [3, [4]], 5], [], [[6]]])))
class Tree:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right
    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right
print(list(Tree(2, Tree(1), Tree(4, Tree(3)))))
def deep(n):
    if n:
        yield from deep(n - 1)
    yield n
print(sum(deep(100)), list(deep(3)))
