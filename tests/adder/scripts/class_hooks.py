# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Hooks of class creation: __new__, __init_subclass__, __class_getitem__, type().
class Single:
    made = None
    def __new__(cls, *args):
        print("new", cls.__name__, args)
        if cls.made is None:
            cls.made = super().__new__(cls)
        return cls.made
    def __init__(self, *args):
        print("init", args)
a, b = Single(1), Single(2)
print(a is b)
class Other:
    def __new__(cls): return 5
    def __init__(self): print("never")
print(Other())
class Plugin:
    registry = {}
    def __init_subclass__(cls, tag=None, **kw):
        super().__init_subclass__(**kw)
        Plugin.registry[tag or cls.__name__] = cls
class A(Plugin): pass
class B(Plugin, tag="bee"): pass
print(sorted(Plugin.registry), Plugin.registry["bee"] is B)
class Box:
    def __class_getitem__(cls, item): return f"{cls.__name__}[{item}]"
print(Box["int"], Box[1, 2])
class Tuple(tuple):
    def __new__(cls, *items): return super().__new__(cls, items)
t = Tuple(1, 2, 3)
print(t, len(t), t[1], type(t).__name__)
class Init:
    def __init__(self): return 5
for bad in (lambda: Init(), lambda: object(1), lambda: Sub(1), lambda: type("X"), lambda: type(5, (), {}), lambda: NoBase()):
    class Sub: pass
    def NoBase():
        class C(5): pass
    try:
        print(bad())
    except TypeError as e:
        print(e)
class Outer:
    class Inner:
        def where(self): return "inside"
    def make(self): return self.Inner()
print(Outer.Inner().where(), Outer().make().where(), Outer.Inner.__qualname__, Outer.make.__qualname__)
def factory(n):
    class Made:
        value = n
        def get(self): return n + self.value
    return Made
print(factory(3)().get(), factory(4).value, factory(1) is factory(1), factory(2).__qualname__)
obj = Sub()
obj.__class__ = Outer
print(type(obj).__name__, obj.make().where())
