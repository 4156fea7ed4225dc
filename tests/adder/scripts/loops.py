# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# while, for, break, continue, else.
def find(items, wanted):
    for i, item in enumerate(items):
        if item == wanted:
            print("found at", i)
            break
    else:
        print("not found")
find("abc", "b")
find("abc", "z")
find("", "z")
n = 0
while n < 5:
    n += 1
    if n == 2:
        continue
    if n == 4:
        break
    print("n", n)
else:
    print("never")
while n < 6:
    n += 1
else:
    print("done", n)
for i in range(3):
    for j in range(3):
        if j == 1:
            continue
        if i == 1:
            break
        print(i, j)
    else:
        print("inner done", i)
def early():
    for i in range(10):
        try:
            if i == 3:
                return i
            continue
        finally:
            print("finally", i)
print(early())
for i in range(3):
    try:
        if i == 1:
            break
    finally:
        print("f", i)
x = [0, 0]
for x[0], x[1] in [(1, 2), (3, 4)]:
    print(x)
for key in (d := {"a": 1, "b": 2}):
    print(key, d[key])
for a, b in zip("abc", range(10)):
    print(a, b, end=";")
print()
for i in reversed(range(3)): print(i, end=" ")
print()
while True:
    n -= 1
    if not n: break
print(n, [y := 5, y ** 2], y)
