# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Metaclasses make classes; their methods are the classes' methods.
class Meta(type):
    def __new__(mcs, name, bases, ns, **kw):
        ns["added"] = f"by {mcs.__name__}"
        return super().__new__(mcs, name, bases, ns)
    def __init__(cls, name, bases, ns, **kw):
        super().__init__(name, bases, ns)
        cls.options = kw
    def __call__(cls, *args):
        print("call", cls.__name__, args)
        return super().__call__(*args)
    def __len__(cls): return 42
    def __iter__(cls): return iter(["i", "t"])
    def __getattr__(cls, name): return f"meta {name}"
    def __contains__(cls, x): return x == 1
    @property
    def prop(cls): return cls.__name__ + " prop"
class C(metaclass=Meta, flag=True):
    def __init__(self, x): self.x = x
c = C(5)
print(c.x, C.added, c.added, C.options, len(C), list(C), C.unknown, 1 in C, C.prop, type(C).__name__)
class D(C): pass
print(type(D) is Meta, D.added, D(1).x, isinstance(D, Meta))
try:
    c.unknown
except AttributeError as e:
    print(e)
class Checked(type):
    def __instancecheck__(cls, obj): return obj == "yes"
    def __subclasscheck__(cls, sub): return sub is int
class K(metaclass=Checked): pass
print(isinstance("yes", K), isinstance(1, K), issubclass(int, K), issubclass(str, K))
class Ordered(type):
    @classmethod
    def __prepare__(mcs, name, bases):
        print("prepare", name)
        return {}
    def __new__(mcs, name, bases, ns):
        cls = super().__new__(mcs, name, bases, ns)
        cls.order = [k for k in ns if not k.startswith("__")]
        return cls
class Fields(metaclass=Ordered):
    z = 1
    a = 2
    def m(self): pass
print(Fields.order)
try:
    class Bad(C, Fields): pass
except TypeError as e:
    print(e)
Dyn = Meta("Dyn", (C,), {"y": 1})
print(Dyn.y, Dyn(3).x, Dyn.__name__)
