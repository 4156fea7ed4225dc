# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Looking into text.
s = "abracadabra"
print(s.find("a"), s.find("a", 1), s.find("a", 1, 3), s.find("zz"), s.rfind("a"), s.rfind("abra", 0, 8), s.find(""), s.rfind(""))
print(s.index("cad"), s.rindex("bra"), s.count("a"), s.count("abra"), s.count("aa"), s.count(""), "aaaa".count("aa"))
for call in (lambda: s.index("q"), lambda: s.rindex("q"), lambda: s.index("a", 20)):
    try:
        print(call())
    except ValueError as e:
        print(e)
print(s.startswith("abr"), s.startswith("bra", 1), s.startswith(("x", "ab")), s.endswith("bra"), s.endswith(("a", "b")), s.endswith("", 0))
print("bra" in s, "" in s, "x" in s, "x" not in s)
try:
    1 in s
except TypeError as e:
    print(e)
print("äöü日ä".find("ä", 1), "äöü日ä".index("日"), "äöü日ä".rfind("ä"), "äöü日ä".count("ä"))
print("xxabcxx".strip("x"), "  pad ".strip() + "|", "xyabcyx".lstrip("xy"), "abc...".rstrip("."), "\t\n x \r".strip() + "|", "".strip())
print("prefix-body".removeprefix("prefix-"), "body.txt".removesuffix(".txt"), "body".removeprefix("x"))
print("abc".islower(), "ABC".isupper(), "Abc".istitle(), "a1".isalnum(), "ab".isalpha(), "12".isdigit(), " \t".isspace(), "".isalpha())
print("a_b1".isidentifier(), "1a".isidentifier(), "for".isidentifier(), "abc\n".isprintable(), "é".isalpha(), "日".isalpha(), "é".isascii())
print(sorted("Banana"), max("hello"), min("hello"), "a" < "b" < "ba", "Z" < "a", "é" > "z", "" < "a")
print("a" * 3, 3 * "ab", "x" * 0, "x" * -1, "a" "b" * 2)
try:
    "a" + 1
except TypeError as e:
    print(e)
