# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A program: queens on a board, by backtracking and by generators.
def solve(n):
    columns, up, down = set(), set(), set()
    board = []
    found = []
    def place(row):
        if row == n:
            found.append(tuple(board))
            return
        for c in range(n):
            if c in columns or row + c in up or row - c in down:
                continue
            columns.add(c)
            up.add(row + c)
            down.add(row - c)
            board.append(c)
            place(row + 1)
            board.pop()
            columns.discard(c)
            up.discard(row + c)
            down.discard(row - c)
    place(0)
    return found
def lazy(n, row=0, board=()):
    if row == n:
        yield board
        return
    for c in range(n):
        if all(c != b and abs(c - b) != row - r for r, b in enumerate(board)):
            yield from lazy(n, row + 1, board + (c,))
for n in range(1, 8):
    a, b = solve(n), list(lazy(n))
    print(n, len(a), a == b, a[:1])
def draw(board):
    return "\n".join("".join("Q" if c == b else "." for c in range(len(board))) for b in board)
print(draw(solve(8)[0]))
print(draw(next(lazy(6))))
