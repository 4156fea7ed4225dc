# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# C13: leaves are not tracked by the collector, containers are.
import gc
class C:
    pass
class S:
    __slots__ = ()
for o in (5, 10 ** 30, 1.5, "text", None, True, 2 ** 70):
    print(repr(o), gc.is_tracked(o))
for o in ([], [1], C(), lambda: 0, C, set(), (i for i in [])):
    print(type(o).__name__, gc.is_tracked(o))
print(gc.get_referents(5), gc.get_referents("a"), gc.get_referents())
x, y = [], []
print(gc.get_referents([x, y]) == [y, x] or gc.get_referents([x, y]) == [x, y])
# Small integers stand in their slots here and are no objects; large ones are everywhere.
m, n = 10 ** 30, 10 ** 31
print(sorted(o for o in gc.get_referents({"k": m, "l": n}) if isinstance(o, int)))
print(len(gc.get_referents((x, y, x))))
text = "shared" * 3
holder = [text]
print(any(r is holder for r in gc.get_referrers(text)))
target = C()
holders = [[target], (target, 1), {"k": target}]
found = gc.get_referrers(target)
print([any(f is h for f in found) for h in holders])
print(gc.get_referrers(C()) == [] or True, any(r is globals() for r in gc.get_referrers(target)))
print([len(gc.get_referrers(x, y)) > 0, isinstance(gc.get_referrers(), list)])
