/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Names that the interpreter itself looks up, and the classes of exceptions.
 */
#ifndef ADDER_OBJECT_NAMES_H
#define ADDER_OBJECT_NAMES_H

#include "object/object.h"

/* X(name): interned at start, with two underscores on either side. A field that would be
 * a word of C has an underscore more. */
/* clang-format off */
#define SPECIAL_NAMES(X)                                                                           \
    X(init) X(new) X(del) X(repr) X(str) X(hash) X(call) X(getattribute) X(getattr) X(setattr)     \
    X(delattr) X(iter) X(next) X(getitem) X(setitem) X(delitem) X(len) X(contains) X(bool_)        \
    X(eq) X(ne) X(lt) X(le) X(gt) X(ge) X(get) X(set) X(delete) X(enter) X(exit) X(name)           \
    X(qualname) X(module) X(doc) X(dict) X(class) X(bases) X(mro) X(slots) X(set_name)             \
    X(init_subclass) X(class_getitem) X(missing) X(reversed) X(format) X(add) X(sub) X(mul)        \
    X(truediv) X(floordiv) X(mod) X(pow) X(lshift) X(rshift) X(and) X(or) X(xor) X(matmul)         \
    X(divmod) X(radd) X(rsub) X(rmul) X(rtruediv) X(rfloordiv) X(rmod) X(rpow) X(rlshift)          \
    X(rrshift) X(rand) X(ror) X(rxor) X(rmatmul) X(rdivmod) X(iadd) X(isub) X(imul) X(itruediv)    \
    X(ifloordiv) X(imod) X(ipow) X(ilshift) X(irshift) X(iand) X(ior) X(ixor) X(imatmul) X(neg)    \
    X(pos) X(invert) X(abs) X(int_) X(float_) X(index) X(round) X(file) X(main) X(builtins)        \
    X(annotations) X(weakref) X(func) X(self) X(code) X(defaults) X(kwdefaults) X(closure)         \
    X(globals) X(traceback) X(cause) X(context) X(suppress_context) X(notes) X(wrapped)            \
    X(length_hint) X(path) X(instancecheck) X(subclasscheck) X(subclasses) X(sizeof_)              \
    X(prepare)                                                                                     \
    X(trunc) X(floor) X(ceil) X(dir) X(all) X(isabstractmethod) X(abstractmethods) X(import)       \
    X(debug)
/* clang-format on */

struct special_names {
#define X(n) ref n;
    SPECIAL_NAMES(X)
#undef X
};

extern struct special_names special; /* special.init is "__init__" */

/* X(name, base) */
/* clang-format off */
#define ERROR_CLASSES(X)                                                                           \
    X(BaseException, object)                                                                       \
    X(SystemExit, BaseException)                                                                   \
    X(KeyboardInterrupt, BaseException)                                                            \
    X(GeneratorExit, BaseException)                                                                \
    X(Exception, BaseException)                                                                    \
    X(StopIteration, Exception)                                                                    \
    X(ArithmeticError, Exception)                                                                  \
    X(OverflowError, ArithmeticError)                                                              \
    X(ZeroDivisionError, ArithmeticError)                                                          \
    X(FloatingPointError, ArithmeticError)                                                         \
    X(AssertionError, Exception)                                                                   \
    X(AttributeError, Exception)                                                                   \
    X(BufferError, Exception)                                                                      \
    X(EOFError, Exception)                                                                         \
    X(ImportError, Exception)                                                                      \
    X(ModuleNotFoundError, ImportError)                                                            \
    X(LookupError, Exception)                                                                      \
    X(IndexError, LookupError)                                                                     \
    X(KeyError, LookupError)                                                                       \
    X(MemoryError, Exception)                                                                      \
    X(NameError, Exception)                                                                        \
    X(UnboundLocalError, NameError)                                                                \
    X(OSError, Exception)                                                                          \
    X(FileNotFoundError, OSError)                                                                  \
    X(FileExistsError, OSError)                                                                    \
    X(PermissionError, OSError)                                                                    \
    X(IsADirectoryError, OSError)                                                                  \
    X(NotADirectoryError, OSError)                                                                 \
    X(TimeoutError, OSError)                                                                       \
    X(BrokenPipeError, OSError)                                                                    \
    X(ReferenceError, Exception)                                                                   \
    X(RuntimeError, Exception)                                                                     \
    X(RecursionError, RuntimeError)                                                                \
    X(NotImplementedError, RuntimeError)                                                           \
    X(StopAsyncIteration, Exception)                                                               \
    X(SyntaxError, Exception)                                                                      \
    X(IndentationError, SyntaxError)                                                               \
    X(TabError, IndentationError)                                                                  \
    X(SystemError, Exception)                                                                      \
    X(TypeError, Exception)                                                                        \
    X(ValueError, Exception)                                                                       \
    X(UnicodeError, ValueError)                                                                    \
    X(UnicodeEncodeError, UnicodeError)                                                            \
    X(UnicodeDecodeError, UnicodeError)                                                            \
    X(Warning, Exception)                                                                          \
    X(DeprecationWarning, Warning)                                                                 \
    X(RuntimeWarning, Warning)                                                                     \
    X(UserWarning, Warning)                                                                        \
    X(ResourceWarning, Warning)
/* clang-format on */

#define X(n, base) extern struct cls *n;
ERROR_CLASSES(X)
#undef X

#endif
