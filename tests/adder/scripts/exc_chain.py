# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# raise from, contexts, suppression, reraising.
def show(e):
    print(repr(e), "cause", repr(e.__cause__), "context", repr(e.__context__), e.__suppress_context__)
try:
    try:
        1 / 0
    except ZeroDivisionError as z:
        raise ValueError("wrapped") from z
except ValueError as e:
    show(e)
try:
    try:
        {}["k"]
    except KeyError:
        raise RuntimeError("implicit")
except RuntimeError as e:
    show(e)
try:
    try:
        {}["k"]
    except KeyError:
        raise RuntimeError("hidden") from None
except RuntimeError as e:
    show(e)
try:
    raise ValueError from KeyError("given")
except ValueError as e:
    show(e)
def reraise():
    try:
        raise IndexError("first")
    except IndexError:
        try:
            raise TypeError("second")
        except TypeError:
            pass
        raise
try:
    reraise()
except IndexError as e:
    show(e)
try:
    raise
except RuntimeError as e:
    print(e)
for bad in (5, "text", None, int):
    try:
        raise bad
    except TypeError as e:
        print(e)
try:
    raise ValueError("a") from 5
except TypeError as e:
    print(e)
saved = None
try:
    raise LookupError("kept")
except LookupError as e:
    saved = e
try:
    raise saved
except LookupError as e:
    print(e is saved, e.args)
class Ctx:
    def __enter__(self): return self
    def __exit__(self, *a):
        raise KeyError("exit")
try:
    with Ctx():
        raise ValueError("body")
except KeyError as e:
    show(e)
e = ValueError("notes")
e.add_note("a note")
print(e.__notes__, e.with_traceback(None) is e)
try:
    try:
        raise ValueError(1)
    finally:
        raise KeyError(2)
except KeyError as e:
    show(e)
