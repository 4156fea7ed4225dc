# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Builtins that look at objects.
class A:
    x = 1
    def m(self):
        return self.x
class B(A):
    pass
b = B()
print(isinstance(b, A), isinstance(b, (int, A)), issubclass(B, A), issubclass(B, object), issubclass(bool, int), isinstance(True, int), isinstance(A, type))
print(hasattr(b, "x"), hasattr(b, "y"), getattr(b, "x"), getattr(b, "y", "none"), callable(b.m), callable(b), callable(A), callable(len))
setattr(b, "y", 5)
print(b.y, vars(b), b.__dict__, getattr(b, "m")())
delattr(b, "y")
for call in (lambda: b.y, lambda: delattr(b, "y"), lambda: getattr(b, "zz"), lambda: A.nope, lambda: (5).nope, lambda: None.x, lambda: setattr(5, "a", 1)):
    try:
        print(call())
    except AttributeError as e:
        print(e)
print(type(b) is B, type(b).__name__, B.__bases__ == (A,), [c.__name__ for c in B.__mro__], B.__name__, type(B).__name__)
print(repr(5), str(5), repr("a"), str("a"), repr(None), str([1, "a", None, True, 1.5]))
print(abs(-3), abs(-2.5), divmod(7, 3), hash("a") == hash("a"), len("abc"), len({1: 2}), ord("a"), round(3.14159, 3))
try:
    isinstance(1, 5)
except TypeError as e:
    print(e)
print(sorted(k for k in vars(A) if not k.startswith("__")), "m" in dir(b), "x" in dir(B))
print(print("to stdout", "two", sep="-", end="!\n"), print(), print(1, 2.5, None, [1]))
New = type("New", (A,), {"z": 9, "f": lambda self: self.z + self.x})
print(New().f(), New.__name__, isinstance(New(), A))
print(type(1), type("a"), type([]), type(None), type(len), type(lambda: 0), type(A), A, int, type(type))
print(int is int, type(3.0) == float, bool("False"), id(None) == id(None), NotImplemented, Ellipsis, ...)
