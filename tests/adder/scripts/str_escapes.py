# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Literals: quotes, escapes, raw text, joined pieces, and repr of odd characters.
print('single "double"', "double 'single'", 'both \' and "', """three "quotes" here""")
print("tab\tnew\\nline \x41 \u00e9 \U0001f600 \101 \0 end".replace("\0", "NUL"))
print(r"raw \n \t \\", r'\'', "joined " "without " 'plus')
print("""first
second \
continued
last""")
for s in ("a'b", 'a"b', "a'b\"c", "\n\r\t\\", "\x00\x1f\x7f", "é日😀", "\x80\x9f\xa0\xad", "\u200b\ufeff", "'", '"'):
    print(repr(s), len(s))
print(str("x"), repr("x"), [repr("x")], {"k": "v'"}, ("a",))
print("a\
b")
print("%s|%r|%d|%5d|%-5d|%05d|%x|%X|%o|%e|%.3f|%g|%c|%%" % ("s", "r", 42, 42, 42, 42, 255, 255, 8, 12345.678, 3.14159, 0.0001, "c"))
print("%s" % (1,), "%s %s" % ("a", "b"), "%(k)s-%(n)03d" % {"k": "v", "n": 7}, "%5.1f|%-8s|%+d" % (3.14159, "ab", 5))
for fmt, args in (("%d", "x"), ("%s %s", ("a",)), ("%s", ("a", "b")), ("%d %d", 1)):
    try:
        print(fmt % args)
    except TypeError as e:
        print(e)
print(ascii("é日😀"), ascii("plain"))
