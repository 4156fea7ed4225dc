# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# try, except, else, finally in every combination.
def run(kind, how):
    log = []
    try:
        log.append("try")
        if kind == "value": raise ValueError("v")
        if kind == "key": raise KeyError("k")
        if kind == "other": raise OSError("o")
        if kind == "return": return log
    except ValueError as e:
        log.append(f"except {e}")
        if how == "reraise": raise
        if how == "return": return log
    except (KeyError, IndexError) as e:
        log.append(f"lookup {e!r}")
    else:
        log.append("else")
    finally:
        log.append("finally")
        if how == "override": return ["overridden"] + log
    log.append("end")
    return log
for kind in ("none", "value", "key", "other", "return"):
    for how in ("plain", "reraise", "return", "override"):
        try:
            print(kind, how, run(kind, how))
        except Exception as e:
            print(kind, how, "escaped", repr(e))
def nested():
    try:
        try:
            raise ValueError("inner")
        finally:
            print("inner finally")
    except ValueError as e:
        print("outer", e)
        try:
            raise KeyError("second")
        except KeyError as e2:
            print("second", e2, repr(e2.__context__))
    try:
        print(e)
    except UnboundLocalError as err:
        print(err)
nested()
def bare():
    try:
        [][1]
    except:
        return "bare"
print(bare())
def loop():
    out = []
    for i in range(4):
        try:
            if i == 1: continue
            if i == 3: break
            out.append(i)
        except Exception: pass
        else: out.append("else")
        finally: out.append(f"f{i}")
    return out
print(loop())
def fin():
    for i in range(3):
        try:
            return i
        finally:
            if i < 2: continue
print(fin())
def ret():
    x = 1
    try:
        return x
    finally:
        x = 2
print(ret())
