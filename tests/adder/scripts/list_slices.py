# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Slices of lists: read, assigned, deleted, with every sign of step.
base = list(range(10))
bounds = [None, 0, 3, 7, 10, 15, -1, -4, -10, -15]
count = 0
for start in bounds:
    for stop in bounds:
        for step in (None, 1, 2, 3, -1, -2, -3):
            part = base[start:stop:step]
            back = [base[i] for i in range(*slice(start, stop, step).indices(10))]
            assert part == back, (start, stop, step)
            count += sum(part)
print(count)
for start, stop, new in ((2, 4, "abc"), (0, 0, "x"), (5, 2, "yz"), (-2, None, ""), (None, None, "all"), (100, 200, "end")):
    l = list(range(6))
    l[start:stop] = new
    print(l)
l = list(range(10))
l[::2] = "abcde"
print(l)
l[::-3] = [0, 0, 0, 0]
print(l)
try:
    l[::2] = [1, 2]
except ValueError as e:
    print(e)
for start, stop, step in ((1, 3, None), (None, None, 2), (None, None, -3), (8, 2, -2), (5, 5, None)):
    l = list(range(10))
    del l[start:stop:step]
    print(l)
try:
    base[::0]
except ValueError as e:
    print(e)
l = [1, 2, 3]
l[1:1] = l
print(l, l[:] == l, l[:] is l)
try:
    l[0:1] = 5
except TypeError as e:
    print(e)
print(slice(1, 5, 2), slice(3), slice(None).indices(4), slice(1, 2) == slice(1, 2), (1, 2, 3, 4)[1:3], "abcdef"[-2:0:-2])
