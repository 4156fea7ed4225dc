# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# del unbinds names, items, slices and attributes.
x = 1
del x
try:
    x
except NameError as e:
    print(e)
def f():
    y = 1
    del y
    try:
        y
    except UnboundLocalError as e:
        print(e)
    try:
        del y
    except UnboundLocalError as e:
        print(e)
f()
try:
    del never
except NameError as e:
    print(e)
a, b, c = 1, 2, 3
del a, (b, c)
print([n for n in ("a", "b", "c") if n in globals()])
l = [0, 1, 2, 3]
d = {"k": 1}
del l[0], l[-1:], d["k"]
print(l, d)
class C:
    attr = 1
    other = 2
    del other
o = C()
o.v = 1
del o.v
del C.attr
print(hasattr(o, "v"), hasattr(C, "attr"), hasattr(C, "other"))
for i in range(3):
    pass
del i
print("i" in globals())
def g():
    global made
    made = 5
g()
print(made)
def h():
    global made
    del made
h()
print("made" in globals())
len = lambda v: "shadowed"
print(len([]))
del len
print(len([]))
