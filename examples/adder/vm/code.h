/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the compiler makes and the machine runs.
 *
 * A register machine: the first registers of a frame are the function's variables, the
 * others hold intermediate results and are empty (NULL or immediate) when they hold
 * none. An instruction borrows its operands B and C while it runs; KILL says that the
 * register ends with it. a names the register of the result, where there is one.
 */
#ifndef ADDER_VM_CODE_H
#define ADDER_VM_CODE_H

#include "object/function.h"

/* X(name) */
/* clang-format off */
#define OPCODES(X)                                                                                 \
    X(NOP)            /* or more operands of the instruction before */                             \
    X(MOVE)           /* a = B */                                                                  \
    X(COPY)           /* a = B, which may be unset */                                              \
    X(CLEAR)          /* a = nothing */                                                            \
    X(DELETE_LOCAL)   /* a = nothing, and there was something */                                   \
    X(LOAD_GLOBAL)    /* a = global or builtin const[b] */                                         \
    X(STORE_GLOBAL)   /* global const[a] = B */                                                    \
    X(DELETE_GLOBAL)  /* const[a] */                                                               \
    X(LOAD_NAME)      /* a = const[b] of the class body, or as LOAD_GLOBAL */                      \
    X(STORE_NAME)     /* const[a] of the class body = B */                                         \
    X(DELETE_NAME)    /* const[a] */                                                               \
    X(LOAD_CELL)      /* a = what cell b holds */                                                  \
    X(LOAD_CLASSCELL) /* a = const[c] of the class body, or what cell b holds */                   \
    X(STORE_CELL)     /* cell a holds B */                                                         \
    X(DELETE_CELL)    /* cell a holds nothing */                                                   \
    X(MAKE_CELL)      /* a = a cell that holds a */                                                \
    X(LOAD_ATTR)      /* a = B.const[c] */                                                         \
    X(STORE_ATTR)     /* B.const[a] = C */                                                         \
    X(DELETE_ATTR)    /* B.const[a] */                                                             \
    X(LOAD_METHOD)    /* a, a+1 = function and self of B.const[c] */                               \
    X(LOAD_SUPER)     /* a, a+1 = the same of super(B, C).const[c of the next] */                  \
    X(GETITEM)        /* a = B[C] */                                                               \
    X(SETITEM)        /* register a[B] = C */                                                      \
    X(DELITEM)        /* del B[C] */                                                               \
    X(BINARY)         /* a = B op C; the operator is the opcode's distance to BINARY */            \
    X(SUBTRACT) X(MULTIPLY) X(TRUEDIV) X(FLOORDIV) X(MODULO) X(POWER) X(LSHIFT) X(RSHIFT) X(AND)   \
    X(OR) X(XOR) X(MATMUL) X(DIVMOD)                                                               \
    X(INPLACE)        /* the same for augmented assignments */                                     \
    X(ISUBTRACT) X(IMULTIPLY) X(ITRUEDIV) X(IFLOORDIV) X(IMODULO) X(IPOWER) X(ILSHIFT) X(IRSHIFT)  \
    X(IAND) X(IOR) X(IXOR) X(IMATMUL)                                                              \
    X(COMPARE)        /* a = B < C, and the others as in enum compare */                           \
    X(COMPARE_LE) X(COMPARE_EQ) X(COMPARE_NE) X(COMPARE_GT) X(COMPARE_GE)                          \
    X(JUMP_IF)        /* to a if B < C, and the others */                                          \
    X(JUMP_IF_LE) X(JUMP_IF_EQ) X(JUMP_IF_NE) X(JUMP_IF_GT) X(JUMP_IF_GE)                          \
    X(JUMP_NOT)       /* to a unless B < C, and the others */                                      \
    X(JUMP_NOT_LE) X(JUMP_NOT_EQ) X(JUMP_NOT_NE) X(JUMP_NOT_GT) X(JUMP_NOT_GE)                     \
    X(IS) X(IS_NOT) X(IN) X(NOT_IN) /* a = B is C and so on */                                     \
    X(NOT) X(NEGATIVE) X(POSITIVE) X(INVERT) /* a = not B and so on */                             \
    X(JUMP)           /* to a */                                                                   \
    X(JUMP_BACK)      /* to a, a safepoint */                                                      \
    X(JUMP_TRUE)      /* to a if B */                                                              \
    X(JUMP_FALSE)     /* to a unless B */                                                          \
    X(GET_ITER)       /* a = iter(B) */                                                            \
    X(FOR_ITER)       /* a = next of register b, or to c, with b empty */                          \
    X(CALL)           /* c = a(a+2, ... b of them), with a+1 in front unless empty */              \
    X(CALL_FUNCTION)  /* the same, with nothing in a+1 */                                          \
    X(CALL_KEYWORDS)  /* the same; const[b of the next] names the last ones */                     \
    X(CALL_SPREAD)    /* c = a(*a+2, **a+3); a+3 may be empty */                                   \
    X(RETURN)         /* B */                                                                      \
    X(YIELD)          /* a = what is sent for B */                                                 \
    X(YIELD_FROM)     /* a = result of register b, an iterator, after all it yields; sends c */    \
    X(BUILD_LIST) X(BUILD_TUPLE) X(BUILD_SET) /* a = of b, b+1, ... c of them */                   \
    X(BUILD_MAP)      /* a = of c pairs from b on */                                               \
    X(BUILD_SLICE)    /* a = slice(b, b+1, b+2) */                                                 \
    X(BUILD_STRING)   /* a = join of c strings from b on */                                        \
    X(LIST_APPEND) X(SET_ADD) X(SET_UPDATE) /* register a, B */                                    \
    X(LIST_EXTEND) X(DICT_UPDATE) /* register a, B */                                              \
    X(DICT_MERGE)     /* the same, no key twice. c-1, in both: what is going to be called */       \
    X(MAP_ADD)        /* register a[B] = C */                                                      \
    X(LIST_TO_TUPLE)  /* a = tuple(B) */                                                           \
    X(UNPACK)         /* a, a+1, ... c of them = B */                                              \
    X(UNPACK_REST)    /* the same, c & 255 before a list of the rest, c >> 8 after it */           \
    X(CONVERT)        /* a = str, repr or ascii (c: 's', 'r', 'a') of B */                         \
    X(FORMAT)         /* a = format(B, C) */                                                       \
    X(MAKE_FUNCTION)  /* a = function of code const[b]; its parts: c... */                         \
    X(BUILD_CLASS)    /* a = class of body b, name b+1, bases b+2, keywords b+3 */                 \
    X(IMPORT)         /* a = module const[b]; c: the top of a dotted name */                       \
    X(IMPORT_FROM)    /* a = B.const[c] */                                                         \
    X(IMPORT_STAR)    /* all names of B */                                                         \
    X(RAISE)          /* a: 0 again, 1 B, 2 B from C */                                            \
    X(JUMP_NO_MATCH)  /* to a unless exception B is a C */                                         \
    X(POP_HANDLER)    /* the handler whose registers are a, a+1 has ended */                       \
    X(RERAISE)        /* the same, its exception goes on; so has the one of b-1 if b > 0 */        \
    X(WITH_ENTER)     /* a = B's __exit__, c = result of its __enter__ */                          \
    X(WITH_EXIT)      /* register a called with three Nones */                                     \
    X(WITH_EXCEPT)    /* a = whether register b, called with exception c, says it is handled */    \
    X(LOAD_LOCALS)    /* a = the class body's names */                                             \
    X(PRINT)          /* B, at the prompt */                                                       \
    X(UNBOUND)        /* NameError for the variable const[a] */
/* clang-format on */

enum opcode {
#define X(n) I_##n,
    OPCODES(X)
#undef X
};

enum instr_flags { KILL_B = 1, KILL_C = 2, CONST_B = 4, CONST_C = 8, KILL_A = 16 };

struct instr {
    uint8_t op, flags;
    uint16_t a, b, c;
};

/* Where in the source an instruction comes from; lines from 1, columns from 0. The
 * operator of a binary expression, or the index of a subscript, stands between anchor
 * and anchor_end; both are 0 if there is none. */
struct place {
    int line, end_line;
    int column, end_column;
    int anchor, anchor_end;
};

/* An exception between from and to continues at `at`, with registers from depth on
 * cleared: depth then holds the exception handled before, depth+1 the new one. */
struct handler {
    uint32_t from, to, at;
    uint16_t depth;
};

enum code_flags {
    CODE_VARARGS = 1,
    CODE_VARKEYWORDS = 2,
    CODE_GENERATOR = 4,
    CODE_SIMPLE = 8, /* positional parameters only */
    CODE_CLASS = 16,
    CODE_MODULE = 32
};

/* Code lives as long as the program: functions borrow it. Its constants are settled. */
struct code {
    struct object object;
    ref name, qualname, filename;
    struct instr *instrs;
    struct place *places;
    ref *consts;
    struct handler *handlers;
    ref *variables; /* names of the first registers */
    uint32_t instr_count, const_count, handler_count;
    uint16_t variable_count, register_count;
    uint16_t positional, positional_only, keyword_only; /* parameters */
    uint16_t first_free, free_count;                    /* registers that get the closure's cells */
    unsigned flags;
    int first_line;
    ref doc;
    char *source; /* of the whole file, for tracebacks; shared */
};

ref code_new(void);

#endif
