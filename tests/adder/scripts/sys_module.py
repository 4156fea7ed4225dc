# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# The parts of sys that scripts use.
import sys
print(len(sys.argv), sys.argv[0].split("/")[-1])
sys.setswitchinterval(0.001)
a = sys.intern("some text")
b = sys.intern("some " + "text")
print(a is b)
try:
    sys.intern(5)
except TypeError as e:
    print("TypeError")
print(sys.getsizeof([]) > 0, sys.getsizeof([0] * 1000) > sys.getsizeof([]), sys.getsizeof("a" * 1000) > 1000, sys.getsizeof(10 ** 1000) > sys.getsizeof(1))
sys.stdout.write("written\n")
print("printed", file=sys.stdout)
print(sys.getrecursionlimit() >= 1000, sys.maxsize > 2 ** 60)
print("no newline", end="")
print()
try:
    sys.exit(3)
except SystemExit as e:
    print("exit", e.code)
try:
    sys.exit()
except SystemExit as e:
    print("exit", e.code)
try:
    raise ValueError("x")
except ValueError:
    kind, value, tb = sys.exc_info()
    print(kind.__name__, value, tb is not None)
print(sys.exc_info() == (None, None, None))
