/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Memory for a tree: handed out in order, zeroed, given back as a whole.
 */
#include <stdio.h>
#include <stdlib.h>

#include "front/value.h"

struct arena {
    struct piece {
        struct piece *next;
        size_t used, room;
        _Alignas(16) char bytes[];
    } * pieces;
    ref *held;
    size_t held_count, held_room;
};

enum { PIECE_SIZE = 65536 };

/* A program's text is small beside what it makes: without this much there is no going on. */
static void *need(void *block) {
    if (!block) {
        fputs("adder: no memory for the parser\n", stderr);
        exit(1);
    }
    return block;
}

struct arena *arena_new(void) {
    return calloc(1, sizeof(struct arena));
}

void *arena_alloc(struct arena *arena, size_t size) {
    struct piece *piece = arena->pieces;
    size = (size + 15) & ~(size_t)15;
    if (!piece || piece->used + size > piece->room) {
        size_t room = size > PIECE_SIZE ? size : PIECE_SIZE;
        piece = need(calloc(1, sizeof *piece + room));
        piece->room = room;
        piece->next = arena->pieces;
        arena->pieces = piece;
    }
    void *block = piece->bytes + piece->used;
    piece->used += size;
    return block;
}

ref arena_hold(struct arena *arena, ref owned) {
    if (arena->held_count == arena->held_room) {
        arena->held_room = arena->held_room ? 2 * arena->held_room : 64;
        arena->held = need(realloc(arena->held, arena->held_room * sizeof(ref)));
    }
    return arena->held[arena->held_count++] = owned;
}

void arena_free(struct arena *arena) {
    for (size_t i = 0; i < arena->held_count; i++)
        value_drop(arena->held[i]);
    free(arena->held);
    for (struct piece *p = arena->pieces, *next; p; p = next) {
        next = p->next;
        free(p);
    }
    free(arena);
}
