# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A program: the game of life over a set of cells.
def neighbours(cell):
    x, y = cell
    return [(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]
def step(cells):
    counts = {}
    for cell in cells:
        for n in neighbours(cell):
            counts[n] = counts.get(n, 0) + 1
    return {c for c, n in counts.items() if n == 3 or (n == 2 and c in cells)}
def show(cells, w, h):
    return "\n".join("".join("#" if (x, y) in cells else "." for x in range(w)) for y in range(h))
def parse(text):
    return {(x, y) for y, line in enumerate(text.split("\n")) for x, c in enumerate(line) if c == "#"}
glider = parse(".#.\n..#\n###")
for generation in range(5):
    print(show(glider, 6, 6))
    print(generation, len(glider))
    glider = step(glider)
rpent = parse(".##\n##.\n.#.")
history = []
for generation in range(60):
    history.append(len(rpent))
    rpent = step(rpent)
print(history)
blinker = parse("###")
print(step(step(blinker)) == blinker, step(blinker) == blinker, frozenset(step(step(blinker))) in {frozenset(blinker)})
