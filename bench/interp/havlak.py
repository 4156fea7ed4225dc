# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Loops of control-flow graphs found by intervals: graphs with real cycles, made and dropped."""
from harness import run


class Block:
    def __init__(self, name):
        self.name = name
        self.sources = []
        self.targets = []


class Graph:
    def __init__(self):
        self.blocks = {}
        self.start = None

    def block(self, name):
        b = self.blocks.get(name)
        if b is None:
            b = self.blocks[name] = Block(name)
            if self.start is None:
                self.start = b
        return b

    def edge(self, a, b):
        a, b = self.block(a), self.block(b)
        a.targets.append(b)
        b.sources.append(a)


class Loop:
    def __init__(self, header):
        self.header = header
        self.blocks = set()
        self.children = []
        self.parent = None
        self.reducible = True

    def nest(self, parent):
        self.parent = parent
        parent.children.append(self)


class Union:
    def __init__(self, block, number):
        self.block = block
        self.number = number
        self.parent = self
        self.loop = None

    def find(self):
        path = []
        node = self
        while node.parent is not node:
            path.append(node)
            node = node.parent
        for p in path:
            p.parent = node
        return node


def number(graph):
    """Nodes in depth-first order, and the last descendant of each."""
    order, last, numbers = [], [], {}
    stack = [(graph.start, iter(graph.start.targets))]
    numbers[graph.start] = 0
    order.append(Union(graph.start, 0))
    last.append(0)
    while stack:
        block, targets = stack[-1]
        for t in targets:
            if t not in numbers:
                numbers[t] = len(order)
                order.append(Union(t, len(order)))
                last.append(0)
                stack.append((t, iter(t.targets)))
                break
        else:
            last[numbers[block]] = len(order) - 1
            stack.pop()
    return order, last, numbers


def find_loops(graph):
    order, last, numbers = number(graph)
    size = len(order)
    back = [[] for _ in range(size)]
    other = [set() for _ in range(size)]
    for w in range(size):
        for source in order[w].block.sources:
            v = numbers.get(source)
            if v is not None:
                if w <= v <= last[w]:
                    back[w].append(v)
                else:
                    other[w].add(v)
    loops = []
    for w in range(size - 1, -1, -1):
        pool = []
        own = False
        for v in back[w]:
            if v != w:
                node = order[v].find()
                if node not in pool:
                    pool.append(node)
            else:
                own = True
        todo = list(pool)
        reducible = True
        while todo:
            x = todo.pop(0)
            for y in list(other[x.number]):
                node = order[y].find()
                if not w <= node.number <= last[w]:
                    reducible = False
                    other[w].add(node.number)
                elif node.number != w and node not in pool:
                    pool.append(node)
                    todo.append(node)
        if pool or own:
            loop = Loop(order[w].block)
            loop.reducible = reducible
            order[w].loop = loop
            for node in pool:
                node.parent = order[w]
                if node.loop is not None:
                    node.loop.nest(loop)
                else:
                    loop.blocks.add(node.block)
            loops.append(loop)
    return loops


def build(seed, parts):
    graph = Graph()
    at = 0
    graph.edge(0, 1)
    at = 1
    for p in range(parts):
        head = at
        for inner in range(4):
            top = at
            for step in range(3):
                graph.edge(at, at + 1)
                at += 1
            graph.edge(at, top)
            if (seed + p + inner) % 3 == 0:
                graph.edge(top, at)
            graph.edge(at, at + 1)
            at += 1
        graph.edge(at, head)
        if (seed * 7 + p) % 5 == 0:
            graph.edge(head, at + 1)
        graph.edge(at, at + 1)
        at += 1
    return graph


def work():
    found = irreducible = deepest = 0
    kept = []
    for round in range(40):
        graph = build(round, 150)
        loops = find_loops(graph)
        kept.append((graph, loops))
        if len(kept) > 3:
            kept.pop(0)
        for loop in loops:
            found += 1
            irreducible += not loop.reducible
            depth = 0
            while loop is not None:
                depth += 1
                loop = loop.parent
            deepest = max(deepest, depth)
    return found, irreducible, deepest


run(work)
