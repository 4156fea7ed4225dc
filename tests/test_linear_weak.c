/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Linearizability of weak maps and of walks, from recorded histories.
 *
 * In a weak map death is an operation: whoever holds a token releases it in a step of
 * its own, and what a read returns is released in another. Tokens count atomically
 * from birth, so that the last release is the death: from there on nobody finds it.
 * Two things may be later than that, and the model lets them be. An operation holds
 * what it compares or replaces for a moment: so a token that nobody else holds may
 * still be found beside such an operation on the same key, until it has been missed
 * once. And what a replacement or a removal takes out may die before it is handed over.
 *
 * A walk is a row of reads, each at its own time; a key that was there all the time
 * is met once, another no oftener than it came.
 */
#include <assert.h>

#include "linear.h"

#define KEYS 3
#define TURNS 3
#define TOKENS (THREADS * TURNS + KEYS) /* numbers 1 to TOKENS - 1 */

/* Cells: [0, KEYS) the values of keys; from HELD on who holds each token. */
#define HELD KEYS
#define GONE 0x80 /* in HELD: it was looked for and not found */

static_assert(HELD + TOKENS <= CELLS, "every token has a cell");

/* --------------------------------------------------------------- the model ---- */

static unsigned char *held(struct state *s, unsigned token) {
    return &s->cells[HELD + token - 1];
}

/* Whether a key's token may be found and whether it may be missed. */
struct prospect {
    unsigned char token;
    bool may_find;
    bool may_miss;
};

static struct prospect look(struct state *s, unsigned at, bool lingers) {
    unsigned char token = s->cells[at];
    if (!token)
        return (struct prospect){0, false, true};
    unsigned char holders = *held(s, token);
    if (holders & GONE)
        return (struct prospect){token, false, true};
    return (struct prospect){token, holders > 0 || lingers, holders == 0};
}

/* A read, or what a change says that was there: `answer`. False: that cannot be. */
static bool take(struct state *s, struct prospect p, unsigned char answer) {
    if (answer) {
        if (!p.may_find || answer != p.token)
            return false;
        ++*held(s, p.token);
        return true;
    }
    if (p.may_miss && p.token)
        *held(s, p.token) |= GONE;
    return p.may_miss;
}

/* The same for what was taken out of the map: it may have died on the way. */
static bool take_out(struct state *s, struct prospect p, unsigned char answer) {
    return answer ? take(s, p, answer) : true;
}

static bool add(struct state *s, const struct op *op, struct prospect p) {
    if (!take(s, p, op->result))
        return false;
    ++*held(s, op->value);
    if (!op->result)
        s->cells[op->at] = op->value;
    return true;
}

static bool compare(struct state *s, const struct op *op, struct prospect p) {
    ++*held(s, op->value);
    if (op->result != (p.token == op->expected && !(*held(s, op->expected) & GONE)))
        return false;
    if (op->result)
        s->cells[op->at] = op->value;
    return true;
}

static bool apply_values(struct state *s, const struct op *op) {
    struct prospect p = look(s, op->at, op->is_beside);
    switch (op->kind) {
    case GET:
        return take(s, p, op->result);
    case PUT:
        if (!take_out(s, p, op->result))
            return false;
        ++*held(s, op->value);
        s->cells[op->at] = op->value;
        return true;
    case ADD:
        return add(s, op, p);
    case CAS:
        return compare(s, op, p);
    case REMOVE:
        if (!take_out(s, p, op->result))
            return false;
        s->cells[op->at] = 0;
        return true;
    case RELEASE:
        --*held(s, op->value);
        return true;
    default:
        return false;
    }
}

/* Marks the operations beside which another was at work on the same key: one of those
 * kinds. */
static void mark_beside(struct history *h, unsigned kinds) {
    for (unsigned i = 0; i < h->count; i++)
        for (unsigned n = 0; n < h->count; n++) {
            const struct op *other = &h->ops[n];
            if (n != i && (kinds & BIT(other->kind)) && other->at == h->ops[i].at &&
                other->begin < h->ops[i].end && other->end > h->ops[i].begin)
                h->ops[i].is_beside = true;
        }
}

/* ------------------------------------------------------------ the weak maps ---- */

struct token {
    tarn_object header;
    unsigned char key;
    unsigned char number;
};

static tarn_type *token_type;
static void *map;
static struct token *left[THREADS * TURNS]; /* for the end of the history */
static TARN__ATOMIC(unsigned) left_count;

static void register_tokens(void) {
    token_type =
        tarn_type_register(fixture.heap, &(struct tarn_type_spec){.name = "token",
                                                                  .size = sizeof(struct token),
                                                                  .flags = TARN_TYPE_SHARED});
}

static uint64_t hash_token(const void *key, void *arg) {
    (void)arg;
    return ((const struct token *)key)->key;
}

static bool equal_tokens(const void *held_key, const void *key, void *arg) {
    (void)arg;
    return ((const struct token *)held_key)->key == ((const struct token *)key)->key;
}

static void open_map(enum tarn_map_kind kind) {
    map = tarn_map_new(
        &(struct tarn_map_spec){.kind = kind, .hash = hash_token, .equal = equal_tokens});
    if (!map)
        abort();
    /* relaxed: the threads wait. */
    tarn__store(&left_count, 0, relaxed);
}

static struct token *make_token(unsigned key, unsigned number) {
    struct token *token = tarn_new(token_type);
    if (!token)
        abort();
    token->key = (unsigned char)key;
    token->number = (unsigned char)number;
    return token;
}

/* Keys of maps with weak values are immortal as far as a history goes. */
static struct token *keys[KEYS];

static void open_weak_values(void) {
    for (unsigned i = 0; i < KEYS; i++)
        keys[i] = make_token(i, 0);
    open_map(TARN_MAP_WEAK_VALUES);
}

static void close_weak_values(void) {
    for (unsigned i = 0; i < KEYS; i++)
        tarn_decref(keys[i]);
    tarn_decref(map);
}

static void open_weak_keys(void) {
    open_map(TARN_MAP_WEAK_KEYS);
}

static void close_map(void) {
    tarn_decref(map);
}

static unsigned char number_of(const struct token *token) {
    return token ? token->number : 0;
}

/* ------------------------------------------------------------- operations ---- */

static void record_release(struct history *h, struct token *token) {
    struct op *op = next_op(h, RELEASE);
    op->value = token->number;
    op->begin = take_stamp();
    tarn_decref(token);
    op->end = take_stamp();
}

/* What an operation of a map with weak values was given, the value's own. */
static void *run_values(struct op *op, struct token *value, void *expected) {
    void *found = NULL;
    if (op->kind == GET)
        found = tarn_map_get(map, keys[op->at]);
    else if (op->kind == PUT)
        tarn_map_put(map, keys[op->at], value, &found);
    else if (op->kind == ADD)
        tarn_map_add(map, keys[op->at], value, &found);
    else if (op->kind == CAS)
        op->result = tarn_map_compare_exchange(map, keys[op->at], expected, value);
    else
        found = tarn_map_remove(map, keys[op->at]);
    if (op->kind != CAS)
        op->result = number_of(found);
    return found;
}

/* A token is left to the end of the history, or released now. */
static void part_with(struct history *h, struct token *token, uint64_t *random) {
    if (next_random(random) % 3)
        record_release(h, token);
    else
        /* relaxed: the main thread looks when all have arrived. */
        left[tarn__fetch_add(&left_count, 1, relaxed)] = token;
}

static void turn_of_values(struct history *h, unsigned kinds, unsigned number, uint64_t *random) {
    unsigned at = (unsigned)(next_random(random) % KEYS);
    enum kind kind = choose_kind(kinds, random);
    struct token *expected = NULL;
    if (kind == CAS) { /* what is expected is what a read has just found */
        struct op *op = next_op(h, GET);
        op->at = (unsigned char)at;
        op->begin = take_stamp();
        expected = run_values(op, NULL, NULL);
        op->end = take_stamp();
        kind = expected ? CAS : PUT;
    }
    bool has_value = kind == PUT || kind == ADD || kind == CAS;
    struct token *value = has_value ? make_token(at, number) : NULL;
    struct op *op = next_op(h, kind);
    op->at = (unsigned char)at;
    op->value = number_of(value);
    op->expected = number_of(expected);
    op->begin = take_stamp();
    struct token *found = run_values(op, value, expected);
    op->end = take_stamp();
    if (found)
        record_release(h, found);
    if (expected)
        record_release(h, expected);
    if (value)
        part_with(h, value, random);
}

static void work_on_values(struct history *h, unsigned self, uint64_t *random) {
    unsigned kinds = BIT(GET) | BIT(PUT) | BIT(ADD) | BIT(CAS) | BIT(REMOVE);
    for (unsigned i = 0; i < TURNS; i++) {
        turn_of_values(h, kinds, self * TURNS + i + 1, random);
        if (next_random(random) % 4 == 0)
            tarn_safepoint();
    }
}

/* Looks, lets go of all that is left, and looks again: nothing may be found then. */
static void finish_values(struct history *whole) {
    mark_beside(whole, BIT(PUT) | BIT(ADD) | BIT(CAS));
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < KEYS; i++) {
            struct op *op = next_op(whole, GET);
            op->at = (unsigned char)i;
            op->begin = take_stamp();
            struct token *found = run_values(op, NULL, NULL);
            op->end = take_stamp();
            if (found)
                record_release(whole, found);
        }
        /* relaxed: the threads have arrived. */
        for (unsigned i = 0; pass == 0 && i < tarn__load(&left_count, relaxed); i++)
            record_release(whole, left[i]);
    }
    for (unsigned i = 0; i < KEYS; i++)
        if (tarn_map_peek(map, keys[i]))
            abort(); /* every value is dead */
}

/* --- maps with weak keys: the value is the number of the key that it came with ---- */

/* Two tokens are one to the model: the key, which is held, and its value, which is
 * of the same number. */
static void *run_keys(struct op *op, struct token *key) {
    struct token probe = {.key = op->at};
    struct token *value = key ? make_token(op->at, key->number) : NULL;
    void *found = NULL;
    if (op->kind == GET)
        found = tarn_map_get(map, &probe);
    else if (op->kind == PUT)
        tarn_map_put(map, key, value, &found);
    else if (op->kind == ADD)
        tarn_map_add(map, key, value, &found);
    else
        found = tarn_map_remove(map, &probe);
    op->result = number_of(found);
    if (value)
        tarn_decref(value);
    return found;
}

/* An entry is a value, and the key of the last put, with which it ends. */
static bool apply_keys(struct state *s, const struct op *op) {
    unsigned char *value = &s->cells[op->at];
    unsigned char *key = &s->cells[HELD + TOKENS + op->at];
    bool puts = op->kind == PUT || op->kind == ADD;
    if (op->kind == RELEASE) {
        --*held(s, op->value);
        return true;
    }
    unsigned char holders = *value ? *held(s, *key) : GONE;
    bool may_find = !(holders & GONE) && (holders || op->is_beside);
    bool may_miss = holders == 0 || holders & GONE;
    bool may_die = op->kind == REMOVE; /* on its way out */
    if (op->result ? !may_find || op->result != *value : !may_miss && !may_die)
        return false;
    if (!op->result && *value && may_miss)
        *held(s, *key) |= GONE;
    if (puts)
        ++*held(s, op->value);
    if (op->kind == PUT || (op->kind == ADD && !op->result)) {
        *value = op->value;
        *key = op->value;
    } else if (op->kind == REMOVE) {
        *value = 0;
    }
    return true;
}

static_assert(HELD + TOKENS + KEYS <= CELLS, "every key has a cell");

static void work_on_keys(struct history *h, unsigned self, uint64_t *random) {
    for (unsigned i = 0; i < TURNS; i++) {
        struct op *op =
            next_op(h, choose_kind(BIT(GET) | BIT(PUT) | BIT(ADD) | BIT(REMOVE), random));
        struct token *key = NULL;
        op->at = (unsigned char)(next_random(random) % KEYS);
        if (op->kind == PUT || op->kind == ADD)
            key = make_token(op->at, self * TURNS + i + 1);
        op->value = number_of(key);
        op->begin = take_stamp();
        void *found = run_keys(op, key);
        op->end = take_stamp();
        if (found)
            tarn_decref(found);
        if (key)
            part_with(h, key, random);
    }
}

static void finish_keys(struct history *whole) {
    mark_beside(whole, BIT(GET) | BIT(PUT) | BIT(ADD) | BIT(REMOVE));
    for (unsigned i = 0; i < KEYS; i++) {
        struct op *op = next_op(whole, GET);
        op->at = (unsigned char)i;
        op->begin = take_stamp();
        void *found = run_keys(op, NULL);
        op->end = take_stamp();
        if (found)
            tarn_decref(found);
    }
    /* relaxed: the threads have arrived. */
    for (unsigned i = 0; i < tarn__load(&left_count, relaxed); i++)
        record_release(whole, left[i]);
    for (unsigned i = 0; i < KEYS; i++)
        if (tarn_map_peek(map, &(struct token){.key = (unsigned char)i}))
            abort(); /* every key is dead */
}

/* --- walks: each step is a read of the key that it met ---- */

/* Which keys a walk met, how often, and when it began and ended. */
struct walk {
    uint32_t begin, end;
    unsigned char met[KEYS];
};

static struct walk walks[THREADS * TURNS + 1];
static TARN__ATOMIC(unsigned) walk_count;
static enum tarn_map_kind walked_kind;

static void open_walked(void) {
    /* relaxed: the threads wait. */
    tarn__store(&walk_count, 0, relaxed);
    open_map(walked_kind);
}

/* Each key that is met is a GET of its own, from one step's beginning to its end. */
static void record_walk(struct history *h) {
    struct tarn_map_cursor cursor;
    struct walk walk = {.begin = take_stamp()};
    void *found = NULL;
    tarn_map_cursor_begin(&cursor, map);
    for (;;) {
        uint32_t begin = take_stamp();
        if (tarn_map_cursor_next(&cursor, NULL, &found) != 1)
            break;
        struct token *token = found;
        struct op *op = next_op(h, GET);
        *op = (struct op){.kind = GET, .at = token->key, .result = token->number, .begin = begin};
        op->end = take_stamp();
        walk.met[token->key]++;
        tarn_decref(token);
    }
    tarn_map_cursor_end(&cursor);
    walk.end = take_stamp();
    /* relaxed: the main thread looks when all have arrived. */
    walks[tarn__fetch_add(&walk_count, 1, relaxed)] = walk;
}

static bool apply_walked(struct state *s, const struct op *op) {
    unsigned char *cell = &s->cells[op->at];
    if (op->result != *cell)
        return false;
    if (op->kind != GET)
        *cell = op->kind == PUT ? op->value : 0;
    return true;
}

static void *run_walked(struct op *op, struct token *value) {
    struct token probe = {.key = op->at};
    void *old = NULL;
    if (op->kind == PUT)
        tarn_map_put(map, value, value, &old);
    else
        old = tarn_map_remove(map, &probe);
    op->result = number_of(old);
    return old;
}

static void change(struct history *h, enum kind kind, unsigned at, unsigned number) {
    struct op *op = next_op(h, kind);
    struct token *value = kind == PUT ? make_token(at, number) : NULL;
    op->at = (unsigned char)at;
    op->value = number_of(value);
    op->begin = take_stamp();
    void *old = run_walked(op, value);
    op->end = take_stamp();
    if (old)
        tarn_decref(old);
    if (value)
        tarn_decref(value);
}

/* One walks, the others change what it walks over. */
static void work_and_walk(struct history *h, unsigned self, uint64_t *random) {
    for (unsigned i = 0; i < TURNS; i++) {
        unsigned at = (unsigned)(next_random(random) % KEYS);
        if (self == 0 || next_random(random) % 4 == 0)
            record_walk(h);
        else
            change(h, next_random(random) % 3 ? PUT : REMOVE, at, self * TURNS + i + 1);
    }
}

/* Whether a key was there from before a walk until after it: put before, and no removal
 * began before its end, unless it had ended before that put. */
static bool was_there(const struct history *h, const struct walk *walk, unsigned at) {
    uint32_t put = 0;
    bool is_put = false;
    for (unsigned i = 0; i < h->count; i++) {
        const struct op *op = &h->ops[i];
        if (op->kind == PUT && op->at == at && op->end < walk->begin && op->begin >= put) {
            put = op->begin;
            is_put = true;
        }
    }
    for (unsigned i = 0; i < h->count && is_put; i++) {
        const struct op *op = &h->ops[i];
        if (op->kind == REMOVE && op->at == at && op->begin < walk->end && op->end > put)
            return false;
    }
    return is_put;
}

/* How often a key came: puts that found none. */
static unsigned times_came(const struct history *h, unsigned at) {
    unsigned count = 0;
    for (unsigned i = 0; i < h->count; i++)
        count += h->ops[i].kind == PUT && h->ops[i].at == at && !h->ops[i].result;
    return count;
}

/* The promise of a walk; and a last one sees just what a look at each key does. */
static void finish_walks(struct history *whole) {
    record_walk(whole);
    for (unsigned i = 0; i < KEYS; i++) {
        struct token *found = tarn_map_get(map, &(struct token){.key = (unsigned char)i});
        struct op *op = next_op(whole, GET);
        *op = (struct op){.kind = GET, .at = (unsigned char)i, .result = number_of(found)};
        op->begin = take_stamp();
        op->end = take_stamp();
        if (found)
            tarn_decref(found);
    }
    /* relaxed: the threads have arrived. */
    for (unsigned w = 0; w < tarn__load(&walk_count, relaxed); w++)
        for (unsigned i = 0; i < KEYS; i++) {
            unsigned met = walks[w].met[i];
            bool there = was_there(whole, &walks[w], i);
            if ((there && met != 1) || met > times_came(whole, i))
                next_op(whole, KINDS)->at = (unsigned char)i; /* which no model does */
        }
}

/* ------------------------------------------------------------------ the tests ---- */

static const struct subject values_subject = {"weak values",  apply_values,  open_weak_values,
                                              work_on_values, finish_values, close_weak_values};
static const struct subject keys_subject = {"weak keys",  apply_keys,  open_weak_keys,
                                            work_on_keys, finish_keys, close_map};

static void maps_with_weak_values_are_linearizable(void **state) {
    (void)state;
    histories_are_linearizable(&values_subject);
}

static void maps_with_weak_keys_are_linearizable(void **state) {
    (void)state;
    histories_are_linearizable(&keys_subject);
}

static const struct subject walk_subject = {"walks",       apply_walked, open_walked,
                                            work_and_walk, finish_walks, close_map};

static void walks_meet_what_is_there_once(void **state) {
    (void)state;
    walked_kind = TARN_MAP_ENTRIES;
    histories_are_linearizable(&walk_subject);
}

static void walks_over_strong_maps_too(void **state) {
    (void)state;
    walked_kind = TARN_MAP_STRONG;
    histories_are_linearizable(&walk_subject);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_with_weak_values_are_linearizable),
        cmocka_unit_test(maps_with_weak_keys_are_linearizable),
        cmocka_unit_test(walks_meet_what_is_there_once),
        cmocka_unit_test(walks_over_strong_maps_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
