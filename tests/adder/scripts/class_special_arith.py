# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Arithmetic methods, their reflections, and the order in which they are asked.
class V:
    def __init__(self, *p):
        self.p = p
    def __repr__(self):
        return f"V{self.p}"
    def __add__(self, o):
        if not isinstance(o, V):
            return NotImplemented
        return V(*(a + b for a, b in zip(self.p, o.p)))
    def __mul__(self, o):
        return V(*(a * o for a in self.p))
    __rmul__ = __mul__
    def __neg__(self): return V(*(-a for a in self.p))
    def __pos__(self): return "pos"
    def __invert__(self): return "invert"
    def __abs__(self): return sum(a * a for a in self.p) ** 0.5
    def __matmul__(self, o): return sum(a * b for a, b in zip(self.p, o.p))
    def __getitem__(self, i): return self.p[i]
    def __len__(self): return len(self.p)
    def __eq__(self, o): return isinstance(o, V) and self.p == o.p
    def __hash__(self): return hash(self.p)
    def __bool__(self): return any(self.p)
print(V(1, 2) + V(3, 4), V(1, 2) * 3, 3 * V(1, 2), -V(1), +V(1), ~V(1), abs(V(3, 4)), V(1, 2) @ V(3, 4))
print(V(1) == V(1), V(1) != V(2), V(1) in [V(1)], {V(1): "a"}[V(1)], bool(V(0, 0)), list(V(5, 6)), len(V(1, 2)))
for bad in (lambda: V(1) + 1, lambda: 1 + V(1), lambda: V(1) - V(1), lambda: V(1) < V(2), lambda: V(1) // 2):
    try:
        print(bad())
    except TypeError as e:
        print(e)
class L:
    def __init__(self, n): self.n = n
    def __sub__(self, o): return f"{self.n} sub"
    def __rsub__(self, o): return f"{self.n} rsub {o}"
    def __rpow__(self, o): return f"rpow {o}"
    def __rfloordiv__(self, o): return f"rfloordiv {o}"
    def __divmod__(self, o): return "divmod"
    def __rlshift__(self, o): return "rlshift"
    def __and__(self, o): return NotImplemented
class M(L):
    def __rsub__(self, o): return f"{self.n} sub-rsub"
print(L("a") - 1, 1 - L("b"), L("c") - M("d"), M("e") - L("f"), 2 ** L("g"), 7 // L("h"), divmod(L("i"), 2), 1 << L("j"))
try:
    L(1) & 3
except TypeError as e:
    print(e)
class I:
    def __index__(self): return 2
    def __int__(self): return 7
    def __float__(self): return 1.5
    def __round__(self, n=None): return f"round {n}"
print([10, 20, 30][I()], int(I()), float(I()), list(range(I())), "abc"[I()], hex(I()), round(I()), round(I(), 3), [0] * I())
