/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Pools, caches and posts from inside: how a pool moves between its lists, and
 * the steps of a remote free one by one.
 */
#include "memory_tests.h"

#include "memory/large.h"

static size_t added;
static size_t emptied;
static bool refuse;
static bool keep;

static bool pool_added(struct tarn_cache *cache, struct tarn_pool *pool) {
    assert_ptr_equal(pool->owner, cache);
    added += !refuse;
    return !refuse;
}

static bool pool_emptied(struct tarn_cache *cache, struct tarn_pool *pool) {
    assert_ptr_equal(pool->owner, cache);
    emptied++;
    return !keep;
}

static const struct tarn_cache_hooks hooks = {pool_added, pool_emptied};

static _Alignas(128) struct tarn_cache owner;
static _Alignas(128) struct tarn_cache other;

static int setup(void **state) {
    (void)state;
    memset(&owner, 0, sizeof owner);
    memset(&other, 0, sizeof other);
    tarn__cache_init(&owner, 1, &hooks);
    tarn__cache_init(&other, 2, &hooks);
    added = emptied = 0;
    refuse = keep = false;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    tarn__cache_trim(&owner);
    tarn__cache_trim(&other);
    int faults = (int)(tarn__cache_verify(&owner) + tarn__cache_verify(&other));
    tarn__cache_fini(&owner);
    tarn__cache_fini(&other);
    return faults + (int)tarn__arenas_verify();
}

static void *alloc(struct tarn_cache *cache, enum tarn_kind kind, size_t size) {
    uint64_t *block = tarn__block_alloc(cache, kind, tarn__class_of(size));
    assert_non_null(block);
    assert_int_equal(block[1], 0); /* no type: free */
    block[0] = block[1] = UINT64_C(0x123400000001);
    return block;
}

static void pool_of_and_index_invert_block(void **state) {
    (void)state;
    for (unsigned c = 0; c < TARN_CLASSES; c++) {
        void *block = tarn__block_alloc(&owner, TARN_KIND_LEAF, c);
        assert_non_null(block);
        struct tarn_pool *pool = tarn__pool_of(block);
        assert_int_equal(pool->block_size, tarn__class_size(c));
        assert_int_equal(pool->kind, TARN_KIND_LEAF);
        for (unsigned i = 0; i < pool->capacity; i++) {
            char *b = tarn__pool_block(pool, i);
            assert_ptr_equal(tarn__pool_of(b), pool);
            assert_ptr_equal(tarn__pool_of(b + pool->block_size - 1), pool);
            assert_int_equal(tarn__pool_index(pool, b), i);
            assert_int_equal(tarn__pool_index(pool, b + pool->block_size - 1), i);
        }
        assert_ptr_equal(tarn__pool_of_post(&tarn__pool_side(pool)->mail), pool);
        assert_ptr_equal(tarn__pool_of_post(&tarn__pool_side(pool)->pending), pool);
        tarn__block_free(&owner, block);
    }
}

static void raw_blocks_are_told_from_other_addresses(void **state) {
    (void)state;
    for (unsigned c = 0; c < TARN_CLASSES; c++) {
        void *raw = tarn__block_alloc(&owner, TARN_KIND_RAW, c);
        void *object = tarn__block_alloc(&owner, TARN_KIND_LEAF, c);
        struct tarn_pool *pool = tarn__pool_of(raw);
        for (unsigned i = 0; i < pool->capacity; i++) {
            char *b = tarn__pool_block(pool, i);
            assert_int_equal(tarn__pool_is_raw_block(pool, b), i < tarn__pool_carved(pool));
            assert_false(tarn__pool_is_raw_block(pool, b + 8));
        }
        assert_false(tarn__pool_is_raw_block(tarn__pool_of(object), object));
        tarn__block_free_owner(&owner, pool, raw);
        tarn__block_free(&owner, object);
    }
}

static void free_object_blocks_read_as_free(void **state) {
    (void)state;
    enum { N = 700 };
    uint64_t *p[N];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < N; i++)
            p[i] = alloc(&owner, TARN_KIND_CONTAINER, 48);
        for (int i = 0; i < N; i++) {
            tarn__block_free(i % 2 ? &owner : &other, p[i]);
            assert_int_equal(p[i][1], 0);
        }
        assert_int_equal(tarn__cache_verify(&owner), 0);
        tarn__cache_collect_remote(&owner);
        assert_int_equal(tarn__cache_verify(&owner), 0);
    }
}

/* An emptied container pool stays for its class; the hook is asked. */
static void emptied_pools_are_used_again(void **state) {
    (void)state;
    enum { N = 3000 };
    static void *p[N];
    keep = true;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++)
            p[i] = alloc(&owner, TARN_KIND_CONTAINER, 64);
        for (int i = 0; i < N; i++)
            tarn__block_free(&owner, p[i]);
        assert_true(emptied > 0);
    }
    assert_int_equal(added, (N + 255) / 256);
    keep = false;
}

/* Leaf pools beyond the few that are kept go back to the arenas. */
static void emptied_pools_leave(void **state) {
    (void)state;
    enum { N = 30000 };
    static void *p[N];
    for (int i = 0; i < N; i++)
        p[i] = alloc(&owner, TARN_KIND_LEAF, 64);
    size_t committed = committed_bytes();
    for (int i = 0; i < N; i++)
        tarn__block_free(&owner, p[i]);
    assert_true(emptied > added / 2 && emptied < added);
    assert_true(committed_bytes() < committed);
    tarn__cache_trim(&owner);
    assert_int_equal(emptied, added);
}

/* A pool that its owner filled and others emptied is found again. */
static void pools_emptied_by_others_are_used_again(void **state) {
    (void)state;
    enum { N = 20 * 256 };
    static void *p[N];
    keep = true;
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < N; i++)
            p[i] = alloc(&owner, TARN_KIND_CONTAINER, 64);
        for (int i = 0; i < N; i++)
            tarn__block_free(&other, p[i]);
    }
    assert_int_equal(added, N / 256);
    keep = false;
}

static void a_mask_frees_many(void **state) {
    (void)state;
    enum { N = 256 };
    static char *p[N];
    struct tarn_cache *by[2] = {&owner, &other};
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < N; i++)
            p[i] = alloc(&owner, TARN_KIND_CONTAINER, 64);
        struct tarn_pool *pool = tarn__pool_of(p[0]);
        assert_int_equal(tarn__pool_used(pool), N);
        keep = true;
        for (unsigned w = 0; w < 4; w++)
            tarn__pool_free_mask(by[round], pool, w, ~(uint64_t)0);
        tarn__cache_collect_remote(&owner);
        assert_int_equal(tarn__pool_used(pool), 0);
        keep = false;
    }
}

static void refused_pools_leave_no_trace(void **state) {
    (void)state;
    size_t committed = committed_bytes();
    refuse = true;
    assert_null(tarn__block_alloc(&owner, TARN_KIND_LEAF, 3));
    assert_null(tarn__block_alloc_large(&owner, TARN_KIND_LEAF, 1000000));
    refuse = false;
    tarn_heap_trim(NULL);
    assert_int_equal(committed_bytes(), committed);
    assert_int_equal(tarn__cache_verify(&owner), 0);
}

/* Nothing new goes into pools put aside and frozen; thawed, they serve again. */
static void frozen_pools_are_not_allocated_from(void **state) {
    (void)state;
    enum { N = 600 };
    static void *p[N];
    struct tarn_pool *frozen[8];
    unsigned count = 0;
    for (int i = 0; i < N; i++) {
        p[i] = alloc(&owner, TARN_KIND_CONTAINER, 64);
        struct tarn_pool *pool = tarn__pool_of(p[i]);
        if (count == 0 || frozen[count - 1] != pool)
            frozen[count++] = pool;
    }
    tarn__cache_forget_current(&owner, TARN_KIND_CONTAINER);
    for (unsigned i = 0; i < count; i++)
        frozen[i]->frozen = true;
    for (int i = 0; i < N; i += 2)
        tarn__block_free(i % 4 ? &owner : &other, p[i]);
    for (int i = 0; i < N; i += 2) {
        p[i] = alloc(&owner, TARN_KIND_CONTAINER, 64);
        for (unsigned k = 0; k < count; k++)
            assert_ptr_not_equal(tarn__pool_of(p[i]), frozen[k]);
    }
    assert_int_equal(tarn__cache_verify(&owner), 0);
    size_t made = added;
    for (unsigned i = 0; i < count; i++) {
        frozen[i]->frozen = false;
        tarn__cache_relist_pool(&owner, frozen[i]);
    }
    assert_int_equal(tarn__cache_verify(&owner), 0);
    void *more[N / 2];
    for (int i = 0; i < N / 2; i++)
        more[i] = alloc(&owner, TARN_KIND_CONTAINER, 64);
    assert_int_equal(added, made);
    for (int i = 0; i < N / 2; i++)
        tarn__block_free(&owner, more[i]);
    for (int i = 0; i < N; i++)
        tarn__block_free(&owner, p[i]);
}

static void large_objects_have_a_pool_of_their_own(void **state) {
    (void)state;
    uint64_t *block = tarn__block_alloc_large(&owner, TARN_KIND_CONTAINER, 5000000);
    assert_non_null(block);
    struct tarn_pool *pool = tarn__pool_of(block);
    assert_ptr_equal(pool->owner, &owner);
    assert_int_equal(tarn__pool_carved(pool), 1);
    assert_int_equal(tarn__pool_index(pool, block), 0);
    assert_ptr_equal(tarn__pool_of_post(&tarn__pool_side(pool)->pending), pool);
    block[1] = 77;
    keep = true;
    tarn__block_free(&other, block);
    assert_int_equal(block[1], 0);
    assert_int_equal(tarn__pool_used(pool), 0);
    tarn__cache_release_pool(&owner, pool);
    block = tarn__block_alloc_large(&owner, TARN_KIND_LEAF, 5000000);
    keep = false;
    tarn__block_free(&owner, block);
    tarn_heap_trim(NULL);
    assert_false(tarn_is_heap_pointer(block));
}

/* --- posts, step by step --- */

static void a_post_is_announced_once(void **state) {
    (void)state;
    static struct tarn_post post;
    static struct tarn_inbox inbox;
    assert_true(tarn__inbox_is_empty(&inbox));
    assert_true(tarn__post_set(&inbox, &post, 5));
    assert_true(tarn__post_set(&inbox, &post, 900));
    assert_false(tarn__post_set(&inbox, &post, 5));
    assert_int_equal(tarn__post_set_word(&inbox, &post, 10, UINT64_C(0x10000000001)), 0);
    assert_int_equal(tarn__post_set_word(&inbox, &post, 10, 3), 1);
    assert_true(tarn__post_test(&post, 5));
    assert_false(tarn__post_retire(&post));
    struct tarn_post *taken = tarn__inbox_take(&inbox);
    assert_ptr_equal(taken, &post);
    assert_null(tarn__post_next(taken));
    assert_true(tarn__inbox_is_empty(&inbox));
    tarn__post_open(taken);
    assert_int_equal(tarn__post_take(taken, 0), 1 << 5);
    assert_int_equal(tarn__post_take(taken, 0), 0);
    assert_true(tarn__post_set(&inbox, &post, 6));
    assert_ptr_equal(tarn__inbox_take(&inbox), &post);
    tarn__post_open(&post);
    assert_int_equal(tarn__post_take(&post, 0), 1 << 6);
    assert_int_equal(tarn__post_take(&post, 10), UINT64_C(0x10000000003));
    assert_int_equal(tarn__post_take(&post, 900 / 64), UINT64_C(1) << (900 % 64));
    assert_true(tarn__post_retire(&post));
}

/* The sender of [POST-4]: its bit is set, it has not looked at the word yet. */
struct late_sender {
    struct tarn_post *post;
    struct tarn_inbox *inbox;
    uint64_t hands;
};

static struct late_sender begin_free(void *block) {
    struct tarn_pool *pool = tarn__pool_of(block);
    struct late_sender s = {&tarn__pool_side(pool)->remote, &pool->owner->remote, 0};
    unsigned i = tarn__pool_index(pool, block);
    tarn__block_set_mark(block, 0);
    s.hands = tarn__post_hands(s.post);
    tarn__fetch_or(&s.post->bits[i / 64], UINT64_C(1) << (i % 64), seq_cst);
    return s;
}

static void end_free(struct late_sender s) {
    tarn__post_announce(s.inbox, s.post, s.hands);
}

static void make_pool_of_two(void *p[2]) {
    p[0] = alloc(&owner, TARN_KIND_LEAF, 100000);
    p[1] = alloc(&owner, TARN_KIND_LEAF, 100000);
    tarn__cache_forget_current(&owner, TARN_KIND_LEAF);
}

/* It comes after the pool went to another cache: it announces nothing there. */
static void a_late_sender_leaves_a_pool_in_other_hands_alone(void **state) {
    (void)state;
    void *p = alloc(&owner, TARN_KIND_LEAF, TARN_POOL_BLOCK_MAX);
    struct tarn_pool *pool = tarn__pool_of(p);
    void *first = p;
    struct late_sender late = begin_free(p);
    struct late_sender prompt = late;
    end_free(prompt); /* another free of the pool announces; the owner takes both */
    tarn__cache_collect_remote(&owner);
    tarn__cache_trim(&owner);
    assert_null(pool->owner);
    tarn__room_let_go(&owner.room);
    p = alloc(&other, TARN_KIND_LEAF, TARN_POOL_BLOCK_MAX);
    assert_ptr_equal(p, first);
    end_free(late);
    assert_true(tarn__inbox_is_empty(&owner.remote));
    tarn__block_free(&owner, p);
    assert_false(tarn__inbox_is_empty(&other.remote));
    tarn__cache_collect_remote(&other);
    assert_true(tarn__inbox_is_empty(&owner.remote));
}

/* It comes before the pool goes: the pool waits for what it announced. */
static void a_pool_waits_for_its_late_sender(void **state) {
    (void)state;
    void *p = alloc(&owner, TARN_KIND_LEAF, TARN_POOL_BLOCK_MAX);
    struct tarn_pool *pool = tarn__pool_of(p);
    struct late_sender late = begin_free(p);
    end_free(late);
    struct tarn_post *post = tarn__inbox_take(&owner.remote);
    tarn__post_open(post);
    end_free(late); /* announces again: the post is opened, the bit still set */
    assert_int_equal(tarn__post_take(post, 0), 1);
    tarn__block_free_owner(&owner, pool, p);
    assert_int_equal(tarn__pool_used(pool), 0);
    tarn__cache_release_pool(&owner, pool);
    assert_int_equal(pool->state, TARN_POOL_PARTING);
    assert_int_equal(tarn__cache_verify(&owner), 0);
    tarn__cache_collect_remote(&owner);
    assert_null(pool->owner);
}

static void repair_finds_what_was_never_announced(void **state) {
    (void)state;
    void *p[2];
    make_pool_of_two(p);
    struct tarn_pool *pool = tarn__pool_of(p[0]);
    assert_ptr_not_equal(tarn__pool_of(p[1]), pool);
    begin_free(p[0]);
    struct late_sender s = begin_free(p[1]);
    /* Its announcement stands in the word, and never came to the inbox. */
    tarn__store(&s.post->word, s.hands | TARN_POST_ANNOUNCED, relaxed);
    tarn__cache_repair(&owner);
    assert_int_equal(tarn__cache_verify(&owner), 0);
    assert_int_equal(tarn__pool_used(pool), 0);
    tarn__cache_relist_pool(&owner, tarn__pool_of(p[0]));
    tarn__cache_relist_pool(&owner, tarn__pool_of(p[1]));
}

/* The number of hands outlives a trim of the empty arena that it lies in. */
static void a_trim_forgets_no_hands(void **state) {
    (void)state;
    void *p = alloc(&owner, TARN_KIND_LEAF, TARN_POOL_BLOCK_MAX);
    struct tarn_post *post = &tarn__pool_side(tarn__pool_of(p))->remote;
    tarn__block_free(&other, p);
    tarn__cache_collect_remote(&owner);
    tarn__cache_trim(&owner);
    tarn__room_let_go(&owner.room);
    uint64_t hands = tarn__post_hands(post);
    assert_true(hands > 0);
    assert_true(tarn_heap_trim(NULL) > 0);
    assert_int_equal(tarn__post_hands(post), hands);
}

/* Of two threads that free one large block, one is told. */
static void a_large_block_is_freed_by_one(void **state) {
    (void)state;
    void *p = tarn_malloc(1000000);
    assert_non_null(p);
    struct tarn_pool *pool = tarn__large_pool_of(p);
    assert_true(tarn__large_claim_free(pool));
    assert_false(tarn__large_claim_free(pool));
    tarn__large_release(pool);
    p = tarn_malloc(1000000); /* the same mapping: its block may be freed again */
    tarn_free(p);
}

/* A thread of the parent was about to announce: the child takes its block in. */
static void a_child_repairs_its_raw_cache(void **state) {
    (void)state;
    int status = 0;
    void *p = tarn_malloc(200000);
    struct tarn_pool *pool = tarn__pool_of(p);
    struct late_sender s = begin_free(p);
    tarn__store(&s.post->word, s.hands | TARN_POST_ANNOUNCED, relaxed);
    pid_t child = fork();
    if (child == 0)
        _exit(tarn__pool_used(pool) == 0 && memory_faults() == 0 ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(tarn__pool_used(pool), 1);
    tarn__cache_repair(&tarn__raw->cache);
    assert_int_equal(tarn__pool_used(pool), 0);
}

int main(void) {
    watch_nothing();
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(pool_of_and_index_invert_block),
        TEST(raw_blocks_are_told_from_other_addresses),
        TEST(free_object_blocks_read_as_free),
        TEST(emptied_pools_are_used_again),
        TEST(emptied_pools_leave),
        TEST(pools_emptied_by_others_are_used_again),
        TEST(a_mask_frees_many),
        TEST(refused_pools_leave_no_trace),
        TEST(frozen_pools_are_not_allocated_from),
        TEST(large_objects_have_a_pool_of_their_own),
        TEST(a_post_is_announced_once),
        TEST(a_late_sender_leaves_a_pool_in_other_hands_alone),
        TEST(a_pool_waits_for_its_late_sender),
        TEST(repair_finds_what_was_never_announced),
        TEST(a_trim_forgets_no_hands),
        TEST(a_large_block_is_freed_by_one),
        TEST(a_child_repairs_its_raw_cache),
    };
    return cmocka_run_group_tests_name("memory_cache", tests, NULL, NULL);
}
