# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Container methods: items, slices, length, iteration, membership, calls.
class Grid:
    def __init__(self, w, h):
        self.w, self.cells = w, [0] * (w * h)
    def __getitem__(self, key):
        if isinstance(key, slice):
            return ("slice", key.start, key.stop, key.step)
        if isinstance(key, tuple):
            x, y = key
            return self.cells[y * self.w + x]
        return self.cells[key]
    def __setitem__(self, key, value):
        if isinstance(key, slice):
            print("set slice", key, value)
            return
        x, y = key
        self.cells[y * self.w + x] = value
    def __delitem__(self, key):
        print("del", key)
    def __len__(self): return len(self.cells)
    def __iter__(self): return iter(self.cells)
    def __reversed__(self): return iter(["reversed"])
    def __contains__(self, v): return v == "magic" or v in self.cells
    def __call__(self, *args, **kw): return args, kw
g = Grid(2, 2)
g[1, 0] = 5
g[0, 1] += 3
g[1:2] = "x"
del g[0], g[1:2, ...]
print(g[1, 0], g[0, 1], g[1:2], g[::3], g[:], len(g), list(g), list(reversed(g)), "magic" in g, 5 in g, 9 in g, g(1, k=2))
class Lazy:
    def __getattr__(self, name):
        if name.startswith("x"):
            return name * 2
        raise AttributeError(f"no {name} here")
    def __setattr__(self, name, value):
        print("set", name)
        object.__setattr__(self, name, value)
    def __delattr__(self, name):
        print("del", name)
        super().__delattr__(name)
l = Lazy()
l.real = 1
print(l.real, l.xy, hasattr(l, "q"), getattr(l, "q", "default"))
del l.real
try:
    l.real
except AttributeError as e:
    print(e)
class Every:
    def __getattribute__(self, name):
        if name == "fixed":
            return 42
        return object.__getattribute__(self, name)
e = Every()
e.v = 1
print(e.fixed, e.v)
for bad in (lambda: len(5), lambda: (lambda v: v[0])(5), lambda: iter(l), lambda: l(), lambda: 1 in 5, lambda: Lenny()):
    class NegLen:
        def __len__(self): return -1
    Lenny = lambda: len(NegLen())
    try:
        print(bad())
    except (TypeError, ValueError, AttributeError) as e:
        print(type(e).__name__, e)
