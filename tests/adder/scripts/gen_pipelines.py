# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Generators chained into pipelines; infinite ones cut short.
def naturals():
    n = 1
    while True:
        yield n
        n += 1
def take(n, it):
    for i, x in enumerate(it):
        if i >= n:
            return
        yield x
def sieve():
    known = []
    for n in naturals():
        if n > 1 and all(n % p for p in known if p * p <= n):
            known.append(n)
            yield n
print(list(take(15, sieve())))
print(list(take(5, (x * x for x in naturals() if x % 3 == 0))))
def chunks(seq, size):
    for i in range(0, len(seq), size):
        yield seq[i:i + size]
print(list(chunks("abcdefgh", 3)))
def window(it, n):
    buf = []
    for x in it:
        buf.append(x)
        if len(buf) == n:
            yield tuple(buf)
            buf.pop(0)
print(list(window(range(6), 3)))
def merge(a, b):
    a, b = iter(a), iter(b)
    x, y = next(a, None), next(b, None)
    while x is not None or y is not None:
        if y is None or (x is not None and x <= y):
            yield x
            x = next(a, None)
        else:
            yield y
            y = next(b, None)
print(list(merge([1, 4, 6], [2, 3, 7, 8])))
def averager():
    total = n = 0
    mean = None
    while True:
        total += yield mean
        n += 1
        mean = total / n
avg = averager()
next(avg)
print([avg.send(v) for v in (10, 20, 60)])
lines = ["a=1", "# c", "", "b = 2"]
pairs = (l.split("=") for l in lines if l and not l.startswith("#"))
print({k.strip(): int(v) for k, v in pairs})
gs = [take(3, naturals()) for _ in range(3)]
print([next(g) for g in gs for _ in range(2)])
def round_robin(tasks):
    while tasks:
        t = tasks.pop(0)
        try:
            print(next(t), end=" ")
            tasks.append(t)
        except StopIteration:
            pass
round_robin([iter("ab"), iter("123"), (c for c in "x")])
print()
