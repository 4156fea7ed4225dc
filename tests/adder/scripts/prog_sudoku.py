# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A program: a puzzle by constraint propagation over sets and dicts.
ROWS, COLS = "ABCDEFGHI", "123456789"
SQUARES = [r + c for r in ROWS for c in COLS]
UNITS = [[r + c for c in COLS] for r in ROWS] + [[r + c for r in ROWS] for c in COLS]
UNITS += [[r + c for r in rs for c in cs] for rs in ("ABC", "DEF", "GHI") for cs in ("123", "456", "789")]
PEERS = {s: {x for u in UNITS if s in u for x in u} - {s} for s in SQUARES}
OF = {s: [u for u in UNITS if s in u] for s in SQUARES}
def assign(values, s, d):
    return values if all(eliminate(values, s, o) for o in values[s].replace(d, "")) else False
def eliminate(values, s, d):
    if d not in values[s]:
        return values
    values[s] = values[s].replace(d, "")
    if not values[s]:
        return False
    if len(values[s]) == 1 and not all(eliminate(values, p, values[s]) for p in sorted(PEERS[s])):
        return False
    for u in OF[s]:
        places = [x for x in u if d in values[x]]
        if not places:
            return False
        if len(places) == 1 and not assign(values, places[0], d):
            return False
    return values
def search(values):
    if values is False:
        return False
    if all(len(v) == 1 for v in values.values()):
        return values
    n, s = min((len(values[s]), s) for s in SQUARES if len(values[s]) > 1)
    for d in values[s]:
        answer = search(assign(dict(values), s, d))
        if answer:
            return answer
    return False
def solve(text):
    values = {s: COLS for s in SQUARES}
    for s, d in zip(SQUARES, text):
        if d in COLS and not assign(values, s, d):
            return False
    return search(values)
answer = solve("4.....8.5.3..........7......2.....6.....8.4......1.......6.3.7.5..2.....1.4......")
for r in ROWS:
    print(" ".join(answer[r + c] for c in COLS))
print(solve("55" + "." * 79))
