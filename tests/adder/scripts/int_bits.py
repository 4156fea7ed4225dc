# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Bitwise operators act as on endless two's complement.
samples = [0, 1, -1, 5, -6, 0xff, -0x100, 2 ** 62 - 1, -2 ** 62, 2 ** 64 + 3, -2 ** 65 - 9, 10 ** 25]
for a in samples:
    print(a, ~a, a & 0xff, a | 0xf0, a ^ 0x55, a.bit_length(), a.bit_count())
for a in samples:
    for b in samples:
        assert (a & b) + (a | b) == a + b
        assert (a ^ b) == (a | b) - (a & b)
        assert ~(a & b) == ~a | ~b
for a in (1, -1, 3, -3, 2 ** 70, -2 ** 70 - 1):
    print([a << s for s in (0, 1, 31, 62, 64, 90)])
    print([a >> s for s in (0, 1, 31, 62, 64, 90, 500)])
for bad in (lambda: 1 << -1, lambda: 1 >> -1, lambda: 1.5 << 1, lambda: 1 & 2.0):
    try:
        print(bad())
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
print(True & False, True | 2, True ^ True, ~True, type(True & True).__name__, type(True & 1).__name__)
print(bin(10), oct(64), hex(255), bin(-5), hex(-2 ** 70), oct(0), 0b101, 0o17, 0xFF, 1_000_000)
