#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Answers pkgraph's questions from the same files, slowly and independently.

Usage: answers.py PKGRAPH FILE...   Prints TAP lines; status 1 on a difference.
"""
import re
import subprocess
import sys
from collections import deque


def read(files):
    versions = {}  # name -> [(groups, provides)]
    for path in files:
        for record in re.split(r"\n[ \t]*\n", open(path).read()):
            fields = dict(re.findall(r"^([^\s:]+):[ \t]*(.*(?:\n[ \t].*)*)", record, re.M))
            if "Package" not in fields or "Version" not in fields:
                continue
            if fields.get("Status", "ok installed").split()[-1] in ("not-installed", "config-files"):
                continue
            names = lambda text: [
                [re.sub(r"[\s(:].*", "", a.strip(), flags=re.S) for a in group.split("|")]
                for group in text.split(",") if group.strip()]
            groups = names(fields.get("Pre-Depends", "")) + names(fields.get("Depends", ""))
            provides = [g[0] for g in names(fields.get("Provides", ""))]
            versions.setdefault(fields["Package"], []).append((groups, provides))
    return versions


def build(versions):
    providers = {}
    for name, all_versions in versions.items():
        for _, provides in all_versions:
            for p in provides:
                providers.setdefault(p, set()).add(name)
    packages = set(versions) | set(providers)
    edges = {}
    for p in packages:
        if p in versions:
            edges[p] = {a for groups, _ in versions[p] for g in groups for a in g if a in packages}
        else:
            edges[p] = set(providers[p])
    back = {p: set() for p in packages}
    for p, targets in edges.items():
        for t in targets:
            back[t].add(p)
    return packages, providers, edges, back


def reach(start, step):
    seen, queue = {start}, deque([start])
    while queue:
        for n in step(queue.popleft()):
            if n not in seen:
                seen.add(n)
                queue.append(n)
    return seen


def closure(versions, providers, start):
    def step(p):
        if p not in versions:
            return
        for group in versions[p][0][0]:
            for a in group:
                if a in versions:
                    yield a
                    break
                if a in providers:
                    yield min(providers[a])
                    break
    return reach(start, step)


def distance(edges, a, b):
    far, queue = {a: 0}, deque([a])
    while queue:
        p = queue.popleft()
        if p == b:
            return far[p]
        for n in edges[p]:
            if n not in far:
                far[n] = far[p] + 1
                queue.append(n)
    return None


def groups_of(packages, edges, back):
    """Kosaraju's algorithm; pkgraph uses Tarjan's."""
    order, seen = [], set()
    for root in sorted(packages):
        if root in seen:
            continue
        seen.add(root)
        stack = [(root, iter(sorted(edges[root])))]
        while stack:
            p, rest = stack[-1]
            n = next((n for n in rest if n not in seen), None)
            if n is None:
                order.append(p)
                stack.pop()
            else:
                seen.add(n)
                stack.append((n, iter(sorted(edges[n]))))
    groups, taken = [], set()
    for root in reversed(order):
        if root in taken:
            continue
        group = reach(root, lambda p: (n for n in back[p] if n not in taken))
        taken |= group
        if len(group) > 1:
            groups.append(" ".join(sorted(group)))
    return sorted(groups)


def main():
    program, files = sys.argv[1], sys.argv[2:]
    versions = read(files)
    packages, providers, edges, back = build(versions)
    failed = False

    def ask(question):
        command = [program, "--no-lists", "--status", files[0], "--query", question] + files[1:]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.stdout.splitlines() if done.returncode == 0 else ["status %d" % done.returncode]

    def compare(what, got, wanted):
        nonlocal failed
        if got == wanted:
            print("ok - " + what)
        else:
            failed = True
            print("not ok - " + what)
            print("# got %s\n# wanted %s" % (got[:8], wanted[:8]))

    total = sum(len(t) for t in edges.values())
    compare("packages and edges", ask("count"), ["%d packages, %d edges" % (len(packages), total)])
    compare("strongly connected groups", sorted(ask("groups")),
            groups_of(packages, edges, back))
    names = sorted(packages)
    for p in names[:: max(1, len(names) // 12)]:
        compare("depends " + p, ask("depends " + p), sorted(edges[p]))
        compare("rdepends " + p, ask("rdepends " + p), sorted(back[p]))
        compare("reverse " + p, ask("reverse " + p), sorted(reach(p, back.__getitem__)))
        compare("closure " + p, ask("closure " + p), sorted(closure(versions, providers, p)))
    pairs = [(a, b) for a in names[:: max(1, len(names) // 6)] for b in names[1:: max(1, len(names) // 5)]]
    for a, b in pairs:
        path, wanted = ask("path %s %s" % (a, b)), distance(edges, a, b)
        sound = path == ["no path"] if wanted is None else (
            len(path) == wanted + 1 and path[0] == a and path[-1] == b
            and all(y in edges[x] for x, y in zip(path, path[1:])))
        compare("path %s %s" % (a, b), [sound], [True])
    sys.exit(failed)


if __name__ == "__main__":
    main()
