# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Closures share cells; nonlocal and global choose the variable.
def counter(start=0):
    n = start
    def step(by=1):
        nonlocal n
        n += by
        return n
    def peek():
        return n
    return step, peek
step, peek = counter(10)
other, _ = counter()
print(step(), step(5), peek(), other(), peek())
total = 0
def add(n):
    global total, created
    total += n
    created = "here"
add(3)
add(4)
print(total, created)
def outer():
    x = "outer"
    def middle():
        def inner():
            nonlocal x
            x = "changed by inner"
        inner()
        return x
    return middle(), x
print(outer())
def late():
    def use():
        return value
    value = 1
    first = use()
    value = 2
    return first, use()
print(late())
def unset():
    def use():
        return value
    try:
        use()
    except NameError as e:
        print(e)
    value = 1
    del value
    try:
        use()
    except NameError as e:
        print(e)
unset()
def local_before():
    try:
        print(total)
    except UnboundLocalError as e:
        print(e)
    total = 1
local_before()
def adders():
    made = []
    for i in range(3):
        def add(x, i=i):
            return x + i
        made.append(add)
    return [a(10) for a in made]
print(adders(), [f.__closure__ is None for f in (peek, add)], step.__closure__[0].cell_contents)
def compose(*fs):
    def run(x):
        for f in reversed(fs):
            x = f(x)
        return x
    return run
print(compose(lambda x: x + 1, lambda x: x * 2)(5))
