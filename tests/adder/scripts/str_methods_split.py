# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Taking text apart and joining it.
print("a b  c".split(), " a  b ".split(), "".split(), "a,b,,c".split(","), ",".split(","), "".split(","))
print("a b c d".split(None, 2), "a,b,c,d".split(",", 1), "a--b--c".split("--"), "x".split("y"))
print("a b c d".rsplit(None, 2), "a,b,c,d".rsplit(",", 1), "  lead and trail  ".rsplit())
print("one\ntwo\r\nthree\rfour\n".splitlines(), "a\n\nb".splitlines(True), "".splitlines())
print("key=value=x".partition("="), "key=value=x".rpartition("="), "none".partition("="), "none".rpartition("="))
print("-".join(["a", "b", "c"]), "".join([]), ", ".join(str(i) for i in range(5)), "ä".join("xyz"))
for bad in (["a", 1], [None], 5):
    try:
        print(",".join(bad))
    except TypeError as e:
        print(e)
for bad in ("",):
    try:
        "abc".split(bad)
    except ValueError as e:
        print(e)
    try:
        "abc".partition(bad)
    except ValueError as e:
        print(e)
print("日本、中国、韓国".split("、"), "a\u3000b\u00a0c".split(), "tab\tand space".split(" "))
text = "the quick brown fox jumps over the lazy dog the end"
words = text.split()
print(len(words), sorted(set(words)), " ".join(reversed(words)))
print([w.split("o") for w in words if "o" in w])
print("a.b.c".replace(".", "->"), "aaa".replace("a", "b", 2), "abc".replace("", "-"), "".replace("", "x"), "x".replace("x", ""))
