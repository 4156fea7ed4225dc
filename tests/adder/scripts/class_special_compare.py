# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Rich comparison: defaults, reflections, subclasses first.
class N:
    def __init__(self, n): self.n = n
    def __lt__(self, o):
        print("lt", end=" ")
        return self.n < o.n if isinstance(o, N) else NotImplemented
    def __le__(self, o):
        print("le", end=" ")
        return self.n <= o.n
    def __eq__(self, o):
        print("eq", end=" ")
        return self.n == o.n if isinstance(o, N) else NotImplemented
    def __repr__(self): return f"N{self.n}"
print(N(1) < N(2), N(1) > N(2), N(1) <= N(1), N(1) >= N(2), N(1) == N(1), N(1) != N(1))
print(N(1) == 5, 5 == N(1), N(1) != "x")
try:
    N(1) < 5
except TypeError as e:
    print(e)
try:
    hash(N(1))
except TypeError as e:
    print(e)
print(max(N(1), N(3), N(2)), min([N(4), N(2)]), sorted([N(3), N(1)]))
class Plain: pass
p = Plain()
print(p == p, p != p, p == Plain(), hash(p) == hash(p))
try:
    Plain() < Plain()
except TypeError as e:
    print(e)
class Sub(N):
    def __eq__(self, o):
        print("sub eq", end=" ")
        return "not a bool"
    def __gt__(self, o):
        print("sub gt", end=" ")
        return True
    __hash__ = None
print(N(1) == Sub(1), Sub(1) == N(1), N(5) < Sub(1))
class Odd:
    def __eq__(self, o): return []
    def __contains__(self, x): return x > 3
    def __ne__(self, o): return "ne"
print(Odd() == 1, Odd() != 1, 5 in Odd(), 1 in Odd(), 1 not in Odd(), Odd() in [1])
class Chain:
    def __init__(self, v): self.v = v
    def __lt__(self, o):
        return Chain(self.v + o.v)
    def __bool__(self):
        print("bool", self.v, end=" ")
        return self.v < 5
c = Chain(1) < Chain(2) < Chain(9)
print(c.v)
