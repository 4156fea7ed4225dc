# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Module names: __name__, globals(), locals(), builtins that are shadowed.
print(__name__)
x = 10
print("x" in globals(), globals()["x"])
globals()["made"] = 5
print(made)
def f(a, b=2):
    c = 3
    return sorted(locals())
print(f(1))
def g():
    x = "local"
    return globals()["x"], x
print(g())
class C:
    x = "class"
    y = x + "!"
    def m(self):
        return x
print(C.x, C.y, C().m())
list = "shadow"
print(list)
del list
print(list("ab"))
def shadow(str):
    return str * 2
print(shadow("a"), str(5))
def uses_later():
    return later()
def later():
    return "defined later"
print(uses_later())
def later():
    return "replaced"
print(uses_later())
if x > 5:
    def cond():
        return "big"
else:
    def cond():
        return "small"
print(cond())
try:
    import no_such_module
except ImportError as e:
    print(type(e).__name__, e)
"a string statement"
5
...
None
print(__doc__)
