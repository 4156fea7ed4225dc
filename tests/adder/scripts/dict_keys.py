# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Keys: equal and hash decide; views are live and are sets.
d = {1: "int"}
d[1.0] = "float"
d[True] = "bool"
print(d, {0: "a", False: "b", 0.0: "c"}, {"": 1, None: 2, (): 3})
class Key:
    def __init__(self, n):
        self.n = n
    def __hash__(self):
        return 7
    def __eq__(self, other):
        return isinstance(other, Key) and self.n == other.n
    def __repr__(self):
        return f"Key({self.n})"
d = {}
for i in range(20):
    d[Key(i)] = i
d[Key(3)] = "three"
del d[Key(5)]
print(d, d[Key(19)], Key(5) in d, len(d))
class NoHash:
    def __eq__(self, other):
        return True
for bad in ([], {}, set(), NoHash(), slice(1)):
    try:
        {bad: 1}
    except TypeError as e:
        print(e)
d = {"a": 1, "b": 2, "c": 3}
keys, values, items = d.keys(), d.values(), d.items()
d["d"] = 4
print(keys, values, items, len(keys), "d" in keys, 4 in values, ("d", 4) in items, ("d", 5) in items)
print(sorted(keys & {"a", "x"}), sorted(keys | {"x"}), sorted(keys - {"a"}), sorted(keys ^ {"a", "x"}), keys == {"a", "b", "c", "d"})
print(keys.isdisjoint({"q"}), sorted(items & {("a", 1), ("b", 9)}), {"a"} <= keys)
class Missing(dict):
    def __missing__(self, key):
        return f"no {key}"
m = Missing(a=1)
print(m["a"], m["b"], m.get("b"), "b" in m)
class Raising:
    def __hash__(self):
        raise RuntimeError("hash refused")
try:
    {}[Raising()]
except RuntimeError as e:
    print(e)
