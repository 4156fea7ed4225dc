# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""JSON written and read in the language itself: texts, dicts, lists, recursion."""
from harness import run

ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
PLAIN = {'"': '"', "\\": "\\", "/": "/", "n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def quote(text):
    out = ['"']
    for c in text:
        out.append(ESCAPES.get(c, c))
    out.append('"')
    return "".join(out)


def encode(value, out):
    if value is None:
        out.append("null")
    elif value is True:
        out.append("true")
    elif value is False:
        out.append("false")
    elif isinstance(value, str):
        out.append(quote(value))
    elif isinstance(value, (int, float)):
        out.append(repr(value))
    elif isinstance(value, dict):
        out.append("{")
        first = True
        for k, v in value.items():
            if not first:
                out.append(", ")
            first = False
            out.append(quote(k))
            out.append(": ")
            encode(v, out)
        out.append("}")
    else:
        out.append("[")
        for i, v in enumerate(value):
            if i:
                out.append(", ")
            encode(v, out)
        out.append("]")


class Reader:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def skip(self):
        text, at = self.text, self.at
        while at < len(text) and text[at] in " \n\t\r":
            at += 1
        self.at = at
        return text[at]

    def value(self):
        c = self.skip()
        if c == '"':
            return self.string()
        if c == "{":
            return self.object()
        if c == "[":
            return self.array()
        for word, value in (("null", None), ("true", True), ("false", False)):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        return self.number()

    def number(self):
        text, start = self.text, self.at
        at = start
        whole = True
        while at < len(text) and text[at] in "+-0123456789.eE":
            if text[at] in ".eE":
                whole = False
            at += 1
        if at == start:
            raise ValueError(f"no value at {at}")
        self.at = at
        return int(text[start:at]) if whole else float(text[start:at])

    def string(self):
        text, at = self.text, self.at + 1
        parts = []
        while True:
            c = text[at]
            if c == '"':
                break
            if c == "\\":
                at += 1
                if text[at] == "u":
                    parts.append(chr(int(text[at + 1:at + 5], 16)))
                    at += 5
                    continue
                c = PLAIN[text[at]]
            parts.append(c)
            at += 1
        self.at = at + 1
        return "".join(parts)

    def array(self):
        out = []
        self.at += 1
        if self.skip() == "]":
            self.at += 1
            return out
        while True:
            out.append(self.value())
            c = self.skip()
            self.at += 1
            if c == "]":
                return out

    def object(self):
        out = {}
        self.at += 1
        if self.skip() == "}":
            self.at += 1
            return out
        while True:
            self.skip()
            key = self.string()
            self.skip()
            self.at += 1
            out[key] = self.value()
            c = self.skip()
            self.at += 1
            if c == "}":
                return out


def record(i):
    return {"id": i, "name": f"record {i}", "tags": ["a", "b\n", f"t{i % 7}"], "score": i / 8,
            "nested": {"left": [i, i + 1], "right": None, "ok": i % 2 == 0}, "text": 'say "hi" äé'}


def work():
    data = [record(i) for i in range(800)]
    total = 0
    for _ in range(12):
        out = []
        encode(data, out)
        text = "".join(out)
        again = Reader(text).value()
        if again != data:
            raise AssertionError("what was read is not what was written")
        total += len(text)
    return total


run(work)
