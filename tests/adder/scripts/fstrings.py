# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# f-strings: expressions, conversions, nested specs, quotes, debugging form.
name = "World"
n = 42
pi = 3.14159265
print(f"Hello {name}!", f"{n}", f"{n + 1} {n * 2}", f"{name!r} {name!s} {'é'!a}", f"{{literal}} {n}")
print(f"{n:5}|{n:<5}|{n:^5}|{n:05}|{n:x}|{n:#b}|{pi:.2f}|{pi:10.3f}|{name:>10}|{name:.3}")
width = 12
prec = 4
print(f"{pi:{width}.{prec}f}|{name:{width}}|{name:*^{width}}|{n:{'0'}{5}}")
print(f"{n=} {name=} {n + 1 = }")
print(f"{[i * i for i in range(4)]} { {'a': 1}['a'] } {(lambda x: x + 1)(2)}")
print(f"{'yes' if n > 40 else 'no'} {n if n else 0!r:>4}")
print(f'{name.upper()} {name[0]} {name[1:3]} {len(name)}' f" joined {n}" " tail")
print(f"""multi
{name}
line""")
d = {"key": [1, 2, 3]}
print(f"{d['key'][1]} {d}", rf"raw\n{n}", f"{None} {True} {1.0} {()}")
class P:
    def __str__(self):
        return "str"
    def __repr__(self):
        return "repr"
p = P()
print(f"{p} {p!s} {p!r} {p!a}")
def f(a, *, b=2):
    return a * b
print(f"{f(3)} {f(3, b=5)} {f(a=1)}", f"{n!r:>6}", f"{1 == 1} {1 != 2} {3 >= 2}")
print(f"{'nested ' + f'{n} inner ' + str(1)}", f"{'a' 'b'}", f"", f"{'':5}|")
