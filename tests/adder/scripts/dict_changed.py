# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Changing a container while it is read: what is seen, what is refused.
def attempt(name, body):
    try:
        print(name, body())
    except RuntimeError as e:
        print(name, "RuntimeError", e)
def grow_dict():
    d = {1: 1, 2: 2}
    for k in d:
        d[k + 10] = 0
def shrink_dict():
    d = {1: 1, 2: 2, 3: 3}
    for k in d:
        del d[k]
def store_dict():
    d = {1: 1, 2: 2}
    for k in d:
        d[k] = d[k] * 10
    return d
def grow_items():
    d = {"a": 1}
    for k, v in d.items():
        d[k + k] = v
def grow_set():
    s = {1, 2, 3}
    for x in s:
        s.add(x + 10)
def list_grows():
    l = [1, 2, 3]
    seen = []
    for x in l:
        seen.append(x)
        if len(l) < 8:
            l.append(x * 10)
    return seen, l
def list_shrinks():
    l = list(range(8))
    seen = []
    for x in l:
        seen.append(x)
        l.remove(x)
    return seen, l
def last_key():
    d = {1: 1}
    for k in d:
        d[2] = 2
        break
    return d
def copied():
    d = {i: i for i in range(5)}
    for k in list(d):
        del d[k]
    return d
for f in (grow_dict, shrink_dict, store_dict, grow_items, grow_set, list_grows, list_shrinks, last_key, copied):
    attempt(f.__name__, f)
