# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Decorators apply from the bottom up, to functions, methods and classes.
log = []
def trace(tag):
    log.append(f"make {tag}")
    def decorate(f):
        log.append(f"apply {tag}")
        def wrapper(*args, **kw):
            log.append(f"call {tag}")
            return f(*args, **kw)
        wrapper.__name__ = f.__name__
        return wrapper
    return decorate
@trace("a")
@trace("b")
def add(x, y=1):
    return x + y
print(add(2), add(2, y=5), add.__name__, log)
registry = {}
def register(cls):
    registry[cls.__name__] = cls
    cls.registered = True
    return cls
@register
class Thing:
    @staticmethod
    def static(x):
        return f"static {x}"
    @classmethod
    def make(cls, *args):
        return cls(), args
    @trace("m")
    def method(self, x):
        return x * 2
print(registry["Thing"] is Thing, Thing.registered, Thing.static(1), Thing().static(2), Thing().method(21))
print(type(Thing.make(1, 2)[0]) is Thing, Thing().make(3)[1])
class Memo:
    def __init__(self, f):
        self.f = f
        self.cache = {}
        self.misses = 0
    def __call__(self, *args):
        if args not in self.cache:
            self.misses += 1
            self.cache[args] = self.f(*args)
        return self.cache[args]
@Memo
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(80), fib.misses, (lambda f: f)(add) is add)
@(lambda f: lambda *a: ("wrapped", f(*a)))
def plain(x):
    return x
print(plain(1))
