/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Scenarios of the memory below: blocks freed by others, pools that change
 * hands, deferred frees, and what waits for a grace period as its heap ends.
 */
#include "schedule.h"

#ifdef TARN__SCHED

#include <string.h>

#define BLOCK_BOXES 8
#define SMALL_BLOCKS 3

static void *swap_block(struct place *place, unsigned i, void *block) {
    /* acq_rel: one thread's block becomes another's. */
    return tarn__exchange(&place->boxes[BLOCK_BOXES + i % SMALL_BLOCKS], block, acq_rel);
}

static void give_blocks(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 3 * TURNS; i++) {
        tarn_free(swap_block(place, party + i, tarn_malloc(7000)));
        if (i % 4 == party)
            tarn_heap_trim(place->heap);
        take_breath(party);
    }
    for (unsigned i = 0; i < SMALL_BLOCKS; i++)
        tarn_free(swap_block(place, i, NULL));
}

/* Nobody else may write into a block that is held: each holder fills it with
 * its own byte and finds it so. */
static void *filled(size_t size, unsigned party) {
    unsigned char *block = tarn_malloc(size);
    memset(block, (int)party + 1, size);
    return block;
}

static void empty(void *block, size_t size, const char *where) {
    const unsigned char *bytes = block;
    if (!block)
        return;
    if (bytes[0] < 1 || bytes[0] > PARTIES || memcmp(bytes, bytes + 1, size - 1) != 0)
        fault("%s: a block was written by others", where);
    tarn_free(block);
}

static void fill_and_swap(struct place *place, unsigned party) {
    meet();
    for (unsigned i = 0; i < 2 * TURNS; i++)
        empty(swap_block(place, party + i, filled(8192, party)), 8192, "swap");
    tarn_heap_trim(place->heap);
    meet();
    empty(swap_block(place, party, NULL), 8192, "swap");
}

/* Frees of blocks whose owner leaves meanwhile, and whose seat another takes. */
static void fill_and_leave(struct place *place, unsigned party) {
    meet();
    for (unsigned i = 0; i < TURNS; i++) {
        empty(swap_block(place, i, filled(4000, party)), 4000, "leave");
        tarn_thread_detach();
        empty(swap_block(place, i + 1, NULL), 4000, "leave, unattached");
        if (tarn_thread_attach(place->heap) != 0)
            fault("party %u cannot attach", party);
    }
    meet();
    empty(swap_block(place, party, NULL), 4000, "leave");
}

#define ROWS 24

static void *rows[ROWS];

/* Objects of one owner freed by two others at once, while it takes blocks in:
 * each comes back once. */
static void make_rows(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < ROWS; i++) {
        rows[i] = place_new(place, KIND_LEAF, 0);
        tarn_share(rows[i]);
    }
    meet();
    for (unsigned i = 0; i < TURNS; i++)
        tarn_heap_trim(place->heap);
    meet();
}

static void drop_rows(struct place *place, unsigned party) {
    (void)place;
    meet();
    for (unsigned i = party - 1; i < ROWS; i += PARTIES - 1)
        drop(rows[i], "rows");
    meet();
}

/* Readers that look at a raw block for as long as their read section lasts. */
static void read_deferred(struct place *place, unsigned party) {
    meet();
    /* acquire: pairs with the exchange in swap_block(). */
    const unsigned char *block = tarn__load(&place->boxes[BLOCK_BOXES], acquire);
    meet();
    for (unsigned i = 0; i < TURNS; i++) {
        tarn__sched_point();
        if (block[100] != 1)
            fault("party %u: a block was reused under its reader", party);
    }
    meet();
    if (block[100] != 1)
        fault("party %u: a block was reused under its reader", party);
}

static void replace_deferred(struct place *place, unsigned party) {
    (void)party;
    tarn_free(swap_block(place, 0, memset(tarn_malloc(256), 1, 256)));
    meet();
    meet();
    tarn_free_deferred(swap_block(place, 0, NULL));
    for (unsigned i = 0; i < TURNS; i++) {
        tarn_safepoint();
        tarn_free(memset(tarn_malloc(256), 2, 256));
    }
    meet();
}

/* Dead objects still wait for their grace period when the last thread leaves,
 * and the heap is destroyed. */
static void retire_and_leave(struct place *place, unsigned party) {
    for (unsigned i = 0; i < TURNS; i++) {
        struct node *node = (struct node *)place_new(place, KIND_NODE, 0);
        tarn_slot_store(root(place, party), node);
        tarn_decref(node);
        tarn_slot_store(root(place, party), NULL);
        if (coin(party)) {
            tarn_blocking_begin();
            tarn_blocking_end();
        }
    }
}

const struct scenario memory_scenarios[] = {
    {"blocks", 1, TARN_DISPATCH_SAFEPOINT, NULL, {give_blocks, give_blocks, give_blocks}},
    {"filled blocks",
     4,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {fill_and_swap, fill_and_swap, fill_and_swap}},
    {"blocks of the left",
     2,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {fill_and_leave, fill_and_leave, fill_and_leave}},
    {"remote frees", 4, TARN_DISPATCH_SAFEPOINT, NULL, {make_rows, drop_rows, drop_rows}},
    {"deferred frees",
     4,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {replace_deferred, read_deferred, read_deferred}},
    {"retired at the end",
     2,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {retire_and_leave, retire_and_leave, retire_and_leave}},
    {.name = NULL},
};

#endif
