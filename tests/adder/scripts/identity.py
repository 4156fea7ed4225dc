# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# is, is not, in, not in; identity of what is shared.
a = [1]
b = a
c = [1]
print(a is b, a is c, a is not c, a == c, None is None, not None)
x = 5
y = 5
print(x is y, True is True, (1 == 1) is True, None is not False)
class Equal:
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
e = Equal()
print(e == 1, e != 1, 1 == e, e in [1, 2], None == e, e == None, e is None)
class NeverEqual:
    def __eq__(self, other):
        return False
n = NeverEqual()
print(n == n, n in [n], n in (n,), [n] == [n], {"k": n} == {"k": n}, [n].count(n), [n].index(n))
def f(default=[]):
    default.append(len(default))
    return default
print(f(), f(), f() is f(), f([]))
print(id(a) == id(b), id(a) == id(c), isinstance(id(a), int))
s = {id(o) for o in ([], [], [])} if False else {id(a), id(b)}
print(len(s), type(a) is list, type(type(a)) is type, type(None).__name__, type(Ellipsis).__name__ if False else "e")
rows = [[0] * 3] * 2
rows[0][1] = 9
print(rows, rows[0] is rows[1])
rows = [[0] * 3 for _ in range(2)]
rows[0][1] = 9
print(rows, rows[0] is rows[1])
p = q = {}
p["x"] = 1
print(q, p is q, p == {"x": 1})
i = 10 ** 20
j = i
print(i is j, i == 10 ** 20)
