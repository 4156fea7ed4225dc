/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What Python 3.11 has and this subset lacks. Each is a SyntaxError that names it:
 * "adder: complex numbers are not part of the subset".
 */
#ifndef ADDER_FRONT_REFUSE_H
#define ADDER_FRONT_REFUSE_H

#define REFUSALS(X)                                                                                \
    X(async, "'async' is")                                                                         \
    X(await, "'await' is")                                                                         \
    X(match, "'match' statements are")                                                             \
    X(except_star, "'except*' is")                                                                 \
    X(star_annotation, "starred annotations are")                                                  \
    X(complex, "complex numbers are")                                                              \
    X(named_escape, "\\N{...} escapes are")                                                        \
    X(surrogate, "lone surrogates in strings are")                                                 \
    X(nfkc, "names that NFKC would change are")                                                    \
    X(encoding, "source encodings other than UTF-8 are")                                           \
    X(relative_import, "relative imports are")                                                     \
    X(future, "this future feature is")

enum refusal {
#define X(name, text) REFUSE_##name,
    REFUSALS(X)
#undef X
        REFUSE_COUNT
};

#endif
