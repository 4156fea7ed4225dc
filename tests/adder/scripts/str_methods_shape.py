# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Case, padding, translation.
for s in ("hello World", "ALL CAPS", "they're bill's", "ärger ÉCOLE", "x1y2 z3", ""):
    print([s.upper(), s.lower(), s.title(), s.capitalize(), s.swapcase()])
print("ab".ljust(5) + "|", "ab".rjust(5, "."), "ab".center(5, "*"), "abc".center(6, "-"), "toolong".ljust(3))
print("7".zfill(3), "-7".zfill(4), "+7".zfill(4), "abc".zfill(2), "".zfill(2))
print("a\tb\tc".expandtabs(), "1234\tx".expandtabs(4), "\t|".expandtabs(3))
table = str.maketrans("abc", "xyz", "d")
print("aabbccdd".translate(table), "hello".translate({104: "J", 108: None, 111: 48}), "q".translate({ord("q"): "long"}))
print("abc".encode(), "é日".encode("utf-8"), b"\xc3\xa9".decode(), len("日".encode()))
try:
    "ab".center(5, "xy")
except TypeError as e:
    print(e)
print("abc" == "abc", "abc" != "abd", (lambda: "abc")() is not None, hash("abc") == hash("ab" + "c"))
a = "intern_me"
b = "intern" + "_me"
print(a == b, {a: 1}[b])
pieces = []
for i in range(300):
    pieces.append(chr(97 + i % 26))
whole = "".join(pieces)
print(len(whole), whole[:30], whole.count("a"), whole.upper()[25:30])
grown = ""
for i in range(500):
    grown += str(i % 10)
print(len(grown), grown[-12:])
