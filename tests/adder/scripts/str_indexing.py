# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Text is indexed by code point, whatever its bytes.
texts = ["plain", "naïve", "日本語テキスト", "a😀b😀c", "mixed ä 日 😀 end", ""]
for t in texts:
    print(len(t), repr(t), [c for c in t], t[::-1], t[1:4], t[-3:], t[::2], t[5:2], t[-100:100])
    for i in range(len(t)):
        assert t[i] == t[i - len(t)] == t[i:i + 1]
    assert "".join(t[i] for i in range(len(t))) == t
    assert t[:2] + t[2:] == t
for bad in (5, -6):
    try:
        "plain"[bad]
    except IndexError as e:
        print(e)
try:
    "abc"[None or "1"]
except TypeError as e:
    print(e)
try:
    "abc"[0] = "x"
except TypeError as e:
    print(e)
print(ord("a"), ord("é"), ord("日"), ord("😀"), chr(97), chr(233), chr(0x65e5), chr(0x1f600))
for bad in (-1, 0x110000):
    try:
        chr(bad)
    except ValueError as e:
        print(e)
try:
    ord("ab")
except TypeError as e:
    print(e)
long = "0123456789é" * 200
print(len(long), long[1099], long[1100], long[2199], long[-1], long[::400], long.find("é", 1500), long.count("9é"))
