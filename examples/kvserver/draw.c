/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Entries drawn from a map. */
#include "draw.h"

#include <tarn/contain.h>

#include "worker.h"

struct entry *draw_entry(void *map) {
    struct tarn_map_cursor cursor;
    struct entry *found = NULL;
    tarn_map_cursor_begin(&cursor, map);
    tarn_map_cursor_seek(&cursor, random_number());
    if (tarn_map_cursor_peek(&cursor, NULL, (void **)&found) != 1) {
        tarn_map_cursor_seek(&cursor, 0);
        tarn_map_cursor_peek(&cursor, NULL, (void **)&found);
    }
    tarn_map_cursor_end(&cursor);
    return found;
}

size_t draw_distinct(void *map, size_t count, void (*visit)(struct entry *e, void *arg),
                     void *arg) {
    struct tarn_map_cursor cursor;
    struct entry *e;
    size_t all = tarn_map_count(map);
    size_t drawn = 0;
    bool wrapped = false;
    count = count < all ? count : all;
    tarn_map_cursor_begin(&cursor, map);
    tarn_map_cursor_seek(&cursor, count < all ? random_number() : 0);
    while (drawn < count) {
        if (tarn_map_cursor_peek(&cursor, NULL, (void **)&e) == 1) {
            visit(e, arg);
            drawn++;
        } else if (wrapped) {
            break;
        } else {
            tarn_map_cursor_seek(&cursor, 0);
            wrapped = true;
        }
    }
    tarn_map_cursor_end(&cursor);
    return drawn;
}
