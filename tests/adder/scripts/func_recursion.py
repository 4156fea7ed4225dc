# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Recursion, mutual recursion, and its limit as a catchable error.
def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))
print(ackermann(2, 6))
def even(n):
    return True if n == 0 else odd(n - 1)
def odd(n):
    return False if n == 0 else even(n - 1)
print(even(300), odd(301))
def forever(n):
    return forever(n + 1)
try:
    forever(0)
except RecursionError as e:
    print(e)
print("still here")
class Loop:
    def __repr__(self):
        return repr(self)
    def __eq__(self, other):
        return self == other
    def __getattr__(self, name):
        return getattr(self, name)
for f in (lambda: repr(Loop()), lambda: Loop() == 1, lambda: Loop().x):
    try:
        f()
    except RecursionError as e:
        print("RecursionError", "recursion" in str(e))
def permutations(items):
    if not items:
        return [[]]
    return [[x] + rest for i, x in enumerate(items) for rest in permutations(items[:i] + items[i + 1:])]
print(len(permutations([1, 2, 3, 4])), permutations("abc")[3])
def hanoi(n, a, b, c):
    return 0 if n == 0 else hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)
print(hanoi(10, "a", "b", "c"))
def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)
print(depth(900), issubclass(RecursionError, RuntimeError))
