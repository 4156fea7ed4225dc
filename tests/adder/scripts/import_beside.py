# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Scripts beside the main one are modules, run once.
import shared_module
import shared_module as again
from shared_module import VALUE, double as twice, Thing
print(again is shared_module, VALUE, twice(21), Thing("x"))
shared_module.VALUE = "changed"
print(VALUE, again.VALUE, shared_module.get())
print(shared_module.__name__, Thing.__module__)
def inside():
    import shared_module as local
    return local.count
print(inside())
try:
    from shared_module import absent
except ImportError as e:
    print(str(e).split(" (")[0])
try:
    shared_module.absent
except AttributeError as e:
    print(e)
try:
    import broken_module
except ValueError as e:
    print("import failed:", e)
try:
    import broken_module
except ValueError as e:
    print("and again:", e)
import sys
print("shared_module" in sys.modules, "broken_module" in sys.modules, sys.modules["shared_module"] is shared_module)
import pack_ring_a
print(pack_ring_a.seen, pack_ring_a.b.seen)
if __name__ == "__main__":
    print("main")
