# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Inheritance, method resolution, super.
class Base:
    kind = "base"
    def __init__(self, name):
        self.name = name
        print("Base", name)
    def hello(self):
        return f"{self.kind} {self.name}"
class Left(Base):
    def __init__(self, name):
        print("Left")
        super().__init__(name + "L")
    def hello(self):
        return "left " + super().hello()
class Right(Base):
    kind = "right"
    def __init__(self, name):
        print("Right")
        super().__init__(name + "R")
    def hello(self):
        return "right " + super().hello()
class Both(Left, Right):
    def hello(self):
        return "both " + super().hello()
b = Both("x")
print(b.hello(), b.name, [c.__name__ for c in Both.__mro__], b.kind)
print(super(Left, b).hello(), Base.hello(b), super(Both, b).kind, Both.mro() == list(Both.__mro__))
try:
    class Bad(Base, Left):
        pass
except TypeError as e:
    print(e)
class Over(int):
    def __add__(self, other):
        return Over(int(self) * 10 + int(other))
print(Over(3) + 4, Over(3) + 4 + 5, type(Over(1) + 1).__name__, Over(7) * 2, Over(5) == 5, {Over(5): 1}[5])
class MyList(list):
    def append(self, x):
        super().append(x)
        super().append(-x)
m = MyList([9])
m.append(1)
print(m, len(m), isinstance(m, list), m[1:], sorted(m), m == [9, 1, -1])
class D(dict):
    def __setitem__(self, k, v):
        super().__setitem__(k, v * 2)
d = D(a=1)
d["b"] = 5
print(d, d["b"], type(d).__name__)
class S(str):
    def shout(self):
        return self.upper() + "!"
print(S("hey").shout(), S("a") + "b", type(S("a") + "b").__name__, S("k") in {"k": 1})
class Cls:
    @classmethod
    def who(cls):
        return cls.__name__
class Sub(Cls):
    @classmethod
    def who(cls):
        return "sub of " + super().who()
print(Sub.who(), Sub().who(), Cls.who(), Cls.__subclasses__() == [Sub])
