# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A program: shortest paths, components, topological order, spanning tree over dicts.
edges = [("a", "b", 7), ("a", "c", 9), ("a", "f", 14), ("b", "c", 10), ("b", "d", 15), ("c", "d", 11), ("c", "f", 2), ("d", "e", 6), ("e", "f", 9), ("x", "y", 1)]
graph = {}
for u, v, w in edges:
    graph.setdefault(u, {})[v] = w
    graph.setdefault(v, {})[u] = w
def shortest(start):
    best, path = {start: 0}, {start: [start]}
    todo = {start}
    while todo:
        u = min(todo, key=lambda n: (best[n], n))
        todo.remove(u)
        for v, w in graph[u].items():
            if v not in best or best[u] + w < best[v]:
                best[v] = best[u] + w
                path[v] = path[u] + [v]
                todo.add(v)
    return best, path
best, path = shortest("a")
for n in sorted(best):
    print(n, best[n], "-".join(path[n]))
def components():
    seen = set()
    for start in sorted(graph):
        if start in seen:
            continue
        stack, part = [start], []
        while stack:
            n = stack.pop()
            if n in seen:
                continue
            seen.add(n)
            part.append(n)
            stack.extend(graph[n])
        yield sorted(part)
print(list(components()))
parent = {}
def root(n):
    while parent.get(n, n) != n:
        n = parent[n]
    return n
tree = []
for u, v, w in sorted(edges, key=lambda e: e[2]):
    if root(u) != root(v):
        parent[root(u)] = root(v)
        tree.append((u, v, w))
print(tree, sum(w for *_, w in tree))
needs = {"shoes": ["socks", "trousers"], "trousers": ["underwear"], "shirt": [], "tie": ["shirt"], "jacket": ["tie", "trousers"]}
def order(needs):
    done, busy = [], set()
    def visit(n):
        if n in done: return
        if n in busy: raise ValueError(f"cycle at {n}")
        busy.add(n)
        for m in needs.get(n, ()): visit(m)
        done.append(n)
    for n in sorted(needs): visit(n)
    return done
print(order(needs))
try:
    order({"a": ["b"], "b": ["c"], "c": ["a"]})
except ValueError as e:
    print(e)
