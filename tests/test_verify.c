/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The verifier reports planted faults: each is planted by hand in a sound heap, found
 * as exactly one fault that names the object's type, and taken out again.
 */
#include "heap_tests.h"

#include "collector/collector.h"

static tarn_heap *other_heap;
static tarn_type *other_type;
static struct node *victim;
static struct node *neighbour;
static void *freed;
static struct tarn_pool saved;
static uint64_t saved_word;
static long not_an_object[4];

static uint64_t word_of(void *field) {
    uint64_t word;
    memcpy(&word, field, sizeof word);
    return word;
}

static void set_word(void *field, uint64_t word) {
    memcpy(field, &word, sizeof word);
}

static void plant_lower_count(void) {
    saved_word = word_of(&victim->a);
    victim->a = victim->b = neighbour; /* held twice, counted once */
}

static void plant_stray_pointer(void) {
    saved_word = word_of(&victim->a);
    victim->a = (struct node *)not_an_object;
}

static void plant_freed_object(void) {
    saved_word = word_of(&victim->a);
    victim->a = freed;
}

static void take_references_out(void) {
    set_word(&victim->a, saved_word);
    victim->b = NULL;
}

static void plant_wrong_seat(void) {
    saved_word = word_of(&victim->header.bias);
    set_word(&victim->header.bias, saved_word ^ 0x7f00); /* another number */
}

static void take_bias_out(void) {
    set_word(&victim->header.bias, saved_word);
}

static void plant_merged_with_owner(void) {
    saved_word = word_of(&victim->header.shared);
    set_word(&victim->header.shared, saved_word | TARN__MERGED);
}

static void plant_mail_flag(void) {
    saved_word = word_of(&victim->header.shared);
    /* The flag stands for a reference, which must be there as well. */
    set_word(&victim->header.shared, (saved_word | TARN__QUEUED) + TARN__COUNT_ONE);
}

static void plant_type_of_another_kind(void) {
    /* The type of a leaf, in a pool of containers. */
    tarn_object *leaf = tarn_new(fixture.leaf);
    saved_word = word_of(&victim->header.shared);
    set_word(&victim->header.shared,
             (saved_word & ~TARN__TYPE_MASK) | (word_of(&leaf->shared) & TARN__TYPE_MASK));
    tarn_decref(leaf);
}

static void take_shared_out(void) {
    set_word(&victim->header.shared, saved_word);
}

static void plant_used_count(void) {
    saved = *tarn__pool_of(victim);
    tarn__pool_of(victim)->excess++; /* [MEM-1] */
}

static void plant_alarm(void) {
    saved = *tarn__pool_of(victim);
    tarn__pool_set_alarm(tarn__pool_of(victim), 1); /* [MEM-4] */
}

static void plant_state(void) {
    saved = *tarn__pool_of(victim);
    tarn__pool_of(victim)->state = TARN_POOL_FULL; /* [MEM-3] */
}

static void plant_lost_free_block(void) {
    struct tarn_pool *pool = tarn__pool_of(freed);
    saved = *pool;
    assert_ptr_equal(pool->free, freed);
    pool->free = tarn__block_next(freed);
}

static void take_pool_out(void) {
    struct tarn_pool *pool = tarn__pool_of(victim);
    pool->excess = saved.excess;
    pool->alarm = saved.alarm;
    pool->state = saved.state;
    pool->free = saved.free;
}

struct row {
    const char *name;
    void (*plant)(void);
    void (*take_out)(void);
    const char *text;
};

static const struct row row[] = {
    {"lower count", plant_lower_count, take_references_out,
     "of type 'node': its count is lower than the references to it"},
    {"stray pointer", plant_stray_pointer, take_references_out,
     "of type 'node': holds a pointer that is no object, 0x"},
    {"freed object", plant_freed_object, take_references_out,
     "of type 'node': holds a freed object, 0x"},
    {"wrong seat", plant_wrong_seat, take_bias_out,
     "of type 'node': biased to a seat that does not own its pool"},
    {"merged with owner", plant_merged_with_owner, take_shared_out,
     "of type 'node': merged, but it has an owner"},
    {"mail flag", plant_mail_flag, take_shared_out,
     "of type 'node': its mail flag and its mail bit differ"},
    {"type of another kind", plant_type_of_another_kind, take_shared_out,
     "of type 'leaf': in a pool of another kind"},
    {"used blocks", plant_used_count, take_pool_out, "1 faults in its pools"},
    {"alarm", plant_alarm, take_pool_out, "1 faults in its pools"},
    {"state", plant_state, take_pool_out, "1 faults in its pools"},
    {"lost free block", plant_lost_free_block, take_pool_out, "1 faults in its pools"},
};

static void open_planting_heap(void) {
    open_manual_heap();
    victim = new_node(fixture.node);
    neighbour = new_node(fixture.node);
    struct node *spare = new_node(fixture.node);
    tarn_field_set(&victim->slot, neighbour);
    freed = spare;
    tarn_decref(spare);
    tarn_decref(neighbour); /* one reference is left: the slot's */
}

static void each_planted_fault_is_reported_once(void **state) {
    (void)state;
    open_planting_heap();
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        fixture.log[0] = 0;
        row[i].plant();
        ptrdiff_t faults = tarn_heap_verify(fixture.heap, NULL, NULL);
        row[i].take_out();
        if (faults != 1 || !strstr(fixture.log, row[i].text))
            fail_msg("%s: %td faults, \"%s\"", row[i].name, faults, fixture.log);
        assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    }
    tarn_decref(victim);
    close_heap();
}

static void an_object_of_another_heap_is_reported(void **state) {
    tarn_heap *mine;
    (void)state;
    open_planting_heap();
    mine = fixture.heap;
    other_heap = tarn_heap_create(NULL);
    other_type =
        tarn_type_register(other_heap, &(struct tarn_type_spec){.name = "theirs", .size = 32});
    tarn_thread_detach();
    tarn_thread_attach(other_heap);
    void *theirs = tarn_new(other_type);
    tarn_thread_detach();
    tarn_thread_attach(mine);
    victim->a = theirs;
    assert_int_equal(tarn_heap_verify(mine, NULL, NULL), 1);
    assert_non_null(strstr(fixture.log, "of type 'node': holds an object of another heap"));
    victim->a = NULL;
    tarn_decref(victim);
    close_heap();
    assert_int_equal(tarn_thread_attach(other_heap), 0);
    tarn_decref(theirs);
    tarn_thread_detach();
    assert_int_equal(tarn_heap_destroy(other_heap), 0);
}

/* Its words still name what they held; its references are gone. */
static void a_dead_block_that_waits_alone_holds_nothing(void **state) {
    static const size_t offsets[] = {offsetof(struct node, a)};
    const struct tarn_type_spec spec = {.name = "husk",
                                        .size = sizeof(struct node),
                                        .offsets = offsets,
                                        .offset_count = 1,
                                        .flags = TARN_TYPE_HELD_READS};
    tarn_slot slot;
    (void)state;
    open_manual_heap();
    struct node *holder = tarn_new(tarn_type_register(fixture.heap, &spec));
    struct node *held = new_node(fixture.node);
    assert_non_null(holder);
    tarn_field_give(&holder->a, held);
    tarn_slot_init(&slot, holder);
    tarn_decref(holder);
    tarn_slot_destroy(&slot);
    assert_int_equal(stats().freed, 1);
    assert_int_equal(stats().retired, 1);
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    close_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_planted_fault_is_reported_once),
        cmocka_unit_test(an_object_of_another_heap_is_reported),
        cmocka_unit_test(a_dead_block_that_waits_alone_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
