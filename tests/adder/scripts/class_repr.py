# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# repr and str: which is asked when; inside containers; errors.
class R:
    def __repr__(self): return "<R>"
class S(R):
    def __str__(self): return "<S>"
print(R(), S(), [S()], {"k": S()}, (S(),), {S()}, str(R()), repr(S()), f"{S()} {S()!r}", "%s %r" % (S(), S()))
class Bad:
    def __repr__(self): return 5
class Raises:
    def __str__(self): raise ValueError("no text")
for call in (lambda: repr(Bad()), lambda: str(Bad()), lambda: str(Raises()), lambda: print(Raises()), lambda: f"{Raises()}"):
    try:
        call()
    except (TypeError, ValueError) as e:
        print(e)
class Node:
    def __init__(self, v, kids=()): self.v, self.kids = v, list(kids)
    def __repr__(self): return f"Node({self.v!r}, {self.kids!r})"
print(Node(1, [Node("a"), Node(None, [Node(2.5)])]))
print(type(R()), R, R.__repr__(R()), object.__repr__(R()).startswith("<__main__.R object at 0x"), str(Exception("a", 1)), repr(Exception("a")), repr(KeyError()))
l = [1]
d = {"l": l}
l.append(d)
l.append(l)
print(l, d)
class Attr(R):
    def __getattr__(self, name): return lambda *a: "dynamic"
a = Attr()
print(str(a), a.anything(), [a])
print(repr(print), repr(len), repr([].append).split(" at ")[0], repr(R().__init__).split(" of ")[0])
def f(): pass
print(repr(f).split(" at ")[0], repr(R.__repr__).split(" at ")[0], repr(x for x in []).split(" at ")[0], repr(lambda: 0).split(" at ")[0])
print(range(3), slice(1, 2), iter([]) is not None, {}.keys(), {1: 2}.items(), enumerate is enumerate, type(map(str, [])).__name__)
