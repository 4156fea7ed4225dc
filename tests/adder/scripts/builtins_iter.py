# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Builtins that take and give iterables.
print(list(map(lambda x: x + 1, [1, 2])), list(map(lambda a, b: a * b, [1, 2, 3], [4, 5])), list(filter(None, [0, 1, "", "a"])))
print(list(filter(lambda x: x % 2, range(6))), list(zip()), list(zip("ab", [1, 2, 3], "xyz")), list(enumerate("ab", start=5)))
try:
    list(zip([1, 2], [3], strict=True))
except ValueError as e:
    print(e)
it = iter([1, 2, 3])
print(next(it), list(it), next(it, None), list(it))
try:
    next(it)
except StopIteration as e:
    print("StopIteration", e.args)
n = iter(range(10))
print(list(zip(n, n)), sum([[1], [2]], []), sum((1, 2), 10), max(3, 1, 2), min("b", "a"), max([1, -5], key=abs))
state = [0]
def step():
    state[0] += 1
    return state[0]
print(list(iter(step, 4)), all([1, 2]), any([]), sorted("cab"), list(reversed("abc")))
for bad in (lambda: iter(5), lambda: next([]), lambda: max([]), lambda: sum(["a"]), lambda: list(None), lambda: reversed({1}), lambda: zip(1), lambda: map()):
    try:
        print(bad())
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
class Countdown:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return self
    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n
class Old:
    def __getitem__(self, i):
        if i > 3:
            raise IndexError
        return i * i
print(list(Countdown(3)), 2 in Countdown(5), sum(Countdown(4)), [*Countdown(2)], list(Old()), 9 in Old(), tuple(map(str, Old())))
a, b, c = Countdown(3)
print(a, b, c, dict(zip("abc", Countdown(3))), len(list(map(None, []))), ",".join(map(str, range(3))))
