# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Exceptions are classes: hierarchy, args, text, own ones with state.
class AppError(Exception):
    def __init__(self, code, text):
        super().__init__(code, text)
        self.code = code
    def __str__(self): return f"[{self.code}] {self.args[1]}"
class NotFound(AppError, LookupError):
    def __init__(self, what): super().__init__(404, f"{what} not found")
for cls in (AppError, LookupError, Exception, BaseException):
    try:
        raise NotFound("page")
    except cls as e:
        print(cls.__name__, e, repr(e), e.code, e.args)
for e in (Exception(), Exception("one"), Exception("a", "b"), Exception(None), KeyError("k"), KeyError("a", "b"), ValueError(("t",)), StopIteration(5), OSError(2, "msg")):
    print(repr(e), "|", str(e), "|", e.args)
for name in ("ZeroDivisionError", "IndexError", "KeyError", "UnboundLocalError", "RecursionError", "ModuleNotFoundError", "FileNotFoundError", "UnicodeDecodeError", "IndentationError", "KeyboardInterrupt", "SystemExit", "GeneratorExit", "NotImplementedError", "StopIteration", "TimeoutError"):
    cls = {"ZeroDivisionError": ZeroDivisionError, "IndexError": IndexError, "KeyError": KeyError, "UnboundLocalError": UnboundLocalError, "RecursionError": RecursionError, "ModuleNotFoundError": ModuleNotFoundError, "FileNotFoundError": FileNotFoundError, "UnicodeDecodeError": UnicodeDecodeError, "IndentationError": IndentationError, "KeyboardInterrupt": KeyboardInterrupt, "SystemExit": SystemExit, "GeneratorExit": GeneratorExit, "NotImplementedError": NotImplementedError, "StopIteration": StopIteration, "TimeoutError": TimeoutError}[name]
    print(name, [c.__name__ for c in cls.__mro__])
try:
    raise NotFound
except TypeError as e:
    print(e)
try:
    try:
        raise ValueError("x")
    except 5:
        pass
except TypeError as e:
    print(e)
class Group(Exception): pass
class G1(Group): pass
class G2(Group): pass
def pick(e):
    try: raise e
    except G1: return "g1"
    except Group: return "group"
    except (TypeError, ValueError): return "tv"
    except BaseException as b: return type(b).__name__
print(pick(G1()), pick(G2()), pick(ValueError()), pick(SystemExit(3)), pick(KeyError), pick(OSError))
e = Exception("x")
e.extra = [1]
print(e.extra, e == e, e == Exception("x"), isinstance(e, Exception), {e: 1}[e])
e.args = (1, 2)
print(e, bool(e), hasattr(e, "__traceback__"), e.__traceback__)
