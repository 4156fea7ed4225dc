/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the two halves of the scopes share: scope.c gathers, decide.c decides.
 */
#ifndef ADDER_FRONT_SCOPE_H
#define ADDER_FRONT_SCOPE_H

#include "front/parse.h"

struct walk {
    struct arena *arena;
    struct syntax_error *error;
    struct scope *scope, *last; /* the one walked now; the one opened last */
    ref class_name, first_name; /* __class__; a comprehension's argument */
    bool in_iteration_target;
    int in_iterable, depth;
};

struct symbol *symbol_add(struct walk *w, struct scope *scope, ref name, unsigned flags);

/* Scopes from the module's on, each before those inside it. */
bool scopes_decide(struct walk *w, struct scope *first);

#endif
