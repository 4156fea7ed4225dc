#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Answers pkgraph's questions from the same files, slowly and independently.

Usage: answers.py PKGRAPH STATUS [INDEX...]   Prints TAP lines; status 1 on a difference.
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
            state = fields.get("Status", "ok installed").split()[-1]
            if state in ("not-installed", "config-files"):
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


def ask(program, files, questions):
    """All answers of one run: {question: lines}."""
    command = [program, "--no-lists", "--loaders", "3", "--status", files[0]] + files[1:]
    for question in questions:
        command += ["--query", question]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    answers, lines = {}, []
    for line in done.stdout.splitlines():
        if line.startswith("# "):
            lines = answers.setdefault(line[2:], [])
        else:
            lines.append(line)
    if done.returncode != 0:
        print("# pkgraph ended with status %d" % done.returncode)
    return answers


def path_is_right(path, wanted, a, b, edges):
    """There may be several shortest paths: any of them will do."""
    if wanted is None:
        return path == ["no path"]
    return (len(path) == wanted + 1 and path[0] == a and path[-1] == b
            and all(y in edges[x] for x, y in zip(path, path[1:])))


def main():
    program, files = sys.argv[1], sys.argv[2:]
    versions = read(files)
    packages, providers, edges, back = build(versions)
    names = sorted(packages)
    some = names[:: max(1, len(names) // 40)]
    pairs = [(a, b) for a in names[:: max(1, len(names) // 12)]
             for b in names[1 :: max(1, len(names) // 11)]]
    total = sum(len(t) for t in edges.values())
    wanted = {"count": ["%d packages, %d edges" % (len(packages), total)],
              "groups": groups_of(packages, edges, back)}
    for p in some:
        wanted["depends " + p] = sorted(edges[p])
        wanted["rdepends " + p] = sorted(back[p])
        wanted["reverse " + p] = sorted(reach(p, back.__getitem__))
        wanted["closure " + p] = sorted(closure(versions, providers, p))
    got = ask(program, files, list(wanted) + ["path %s %s" % pair for pair in pairs])
    if "groups" in got:
        got["groups"].sort()
    wrong = ["%s: got %s, wanted %s" % (q, (got.get(q) or [])[:8], wanted[q][:8])
             for q in wanted if got.get(q) != wanted[q]]
    wrong += ["path %s %s" % (a, b) for a, b in pairs
              if not path_is_right(got.get("path %s %s" % (a, b)), distance(edges, a, b),
                                   a, b, edges)]
    print("%s - %d answers about %d packages agree with a slow program"
          % ("not ok" if wrong else "ok", len(wanted) + len(pairs), len(packages)))
    for line in wrong[:10]:
        print("# " + line)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
