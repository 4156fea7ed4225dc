# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A program: a lexer, a parser and an evaluator with errors of their own.
class CalcError(Exception):
    def __init__(self, text, at):
        super().__init__(text)
        self.at = at
def tokens(source):
    i = 0
    while i < len(source):
        c = source[i]
        if c == " ":
            i += 1
        elif c.isdigit() or c == ".":
            j = i
            while j < len(source) and (source[j].isdigit() or source[j] == "."):
                j += 1
            text = source[i:j]
            yield ("num", float(text) if "." in text else int(text), i)
            i = j
        elif c.isalpha():
            j = i
            while j < len(source) and source[j].isalnum():
                j += 1
            yield ("name", source[i:j], i)
            i = j
        elif c in "+-*/%^()=,":
            yield ("op", c, i)
            i += 1
        else:
            raise CalcError(f"what is {c!r}", i)
    yield ("end", None, len(source))
class Parser:
    LEVELS = [{"+": lambda a, b: a + b, "-": lambda a, b: a - b}, {"*": lambda a, b: a * b, "/": lambda a, b: a / b, "%": lambda a, b: a % b}]
    def __init__(self, source, names):
        self.items, self.names = list(tokens(source)), names
        self.at = 0
    def peek(self): return self.items[self.at][:2]
    def take(self):
        self.at += 1
        return self.items[self.at - 1]
    def statement(self):
        if len(self.items) > 2 and self.items[0][0] == "name" and self.items[1][:2] == ("op", "="):
            name = self.items[0][1]
            self.at = 2
            value = self.names[name] = self.level(0)
        else:
            value = self.level(0)
        kind, text, at = self.take()
        if kind != "end":
            raise CalcError(f"unexpected {text!r}", at)
        return value
    def level(self, n):
        if n == len(self.LEVELS):
            return self.unary()
        value = self.level(n + 1)
        while self.peek()[0] == "op" and self.peek()[1] in self.LEVELS[n]:
            value = self.LEVELS[n][self.take()[1]](value, self.level(n + 1))
        return value
    def unary(self):
        if self.peek() == ("op", "-"):
            self.take()
            return -self.unary()
        value = self.atom()
        if self.peek() == ("op", "^"):
            self.take()
            value = value ** self.unary()
        return value
    def atom(self):
        kind, text, at = self.take()
        if kind == "num": return text
        if kind == "name":
            if text not in self.names: raise CalcError(f"no name {text}", at)
            return self.names[text]
        if (kind, text) == ("op", "("):
            value = self.level(0)
            if self.take()[1] != ")": raise CalcError("no )", at)
            return value
        raise CalcError(f"unexpected {text!r}", at)
names = {"pi": 3.14159}
for line in ["1 + 2 * 3", "(1 + 2) * 3", "2 ^ 3 ^ 2", "-2 ^ 2", "x = 10 / 4", "x * x", "2 ^ 100", "7 % 3 - 10 % 4", "y + 1", "1 +", "(1", "1 / 0", "3 $ 4", "1 2", "pi * 2", "x = y = 3", "1.5.2"]:
    try:
        print(f"{line:15} = {Parser(line, names).statement()}")
    except CalcError as e:
        print(f"{line:15} ! {e} at {e.at}")
    except (ZeroDivisionError, ValueError) as e:
        print(f"{line:15} ! {type(e).__name__}: {e}")
print(sorted(names))
