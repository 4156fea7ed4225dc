# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A dict keeps the order of insertion through every change.
d = {}
for word in "the cat and the dog and the end".split():
    d[word] = d.get(word, 0) + 1
print(d, list(d), list(d.values()), list(d.items()), len(d))
del d["cat"]
d["cat"] = 9
d["the"] = 100
print(d)
print(d.pop("and"), d.pop("zzz", None), d.popitem(), d)
d.update({"x": 1, "the": 2}, y=3)
d.update([("z", 4), ("x", 5)])
print(d, list(reversed(d)))
print(d.setdefault("new", []), d.setdefault("x", 0), d)
print({**d, "x": "late", "extra": 1}, d | {"y": 0}, {"first": 1} | d)
d |= {"or": 1}
print(d)
big = {i: str(i) for i in range(1000)}
for i in range(0, 1000, 2):
    del big[i]
for i in range(0, 1000, 4):
    big[i] = "again"
print(len(big), list(big)[:5], list(big)[-5:], list(big.items())[498:503])
print(dict(a=1, b=2), dict([("k", "v")]), dict({"q": 1}, r=2), dict.fromkeys("abc", 0), dict.fromkeys([1, 2]))
for call in (lambda: {}["k"], lambda: {}.pop("k"), lambda: {}.popitem(), lambda: {[]: 1}, lambda: dict([1]), lambda: dict([(1, 2, 3)])):
    try:
        print(call())
    except (KeyError, TypeError, ValueError) as e:
        print(type(e).__name__, e)
print({"a": 1, "b": 2} == {"b": 2, "a": 1}, {1: "a"} != {1: "b"}, "a" in {"a": 1}, 1 in {"a": 1})
r = {}
r["self"] = r
print(r, str({"k": {"n": [r]}})[:20])
d.clear()
print(d, bool(d))
