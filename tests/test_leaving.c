/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What a thread leaves to others when it blocks, detaches or is lost in a fork (C21, C34,
 * C38), and what a heap's own threads may rely on (C42).
 */
#include "heap_tests.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"

/* relaxed, all through this file: the tests wait for what they look at. */
static TARN__ATOMIC(long) finalized;
static TARN__ATOMIC(int) stage;

static void note_finalized(void *object) {
    (void)object;
    tarn__fetch_add(&finalized, 1, relaxed);
}

static void reach(int number) {
    tarn__store(&stage, number, release);
}

static void await(int number) {
    while (tarn__load(&stage, acquire) < number)
        usleep(100);
}

static void poll_for(unsigned ms) {
    for (unsigned i = 0; i < ms; i++) {
        tarn_safepoint();
        usleep(1000);
    }
}

/* --- user code that waits --- */

static tarn_type *finalized_type;

static void *drop_and_block(void *arg) {
    (void)arg;
    tarn_thread_attach(fixture.heap);
    tarn_decref(tarn_new(finalized_type));
    tarn_blocking_begin();
    reach(1);
    await(2);
    tarn_blocking_end();
    tarn_thread_detach();
    return NULL;
}

static void *drop_and_detach(void *arg) {
    (void)arg;
    tarn_thread_attach(fixture.heap);
    tarn_decref(tarn_new(finalized_type));
    tarn_thread_detach();
    reach(1);
    return NULL;
}

static void one_leaves_user_code(void *(*body)(void *)) {
    pthread_t thread;
    open_heap((struct tarn_config){0});
    finalized_type = node_type("finalized", note_finalized, NULL, 0);
    tarn__store(&finalized, 0, relaxed);
    reach(0);
    pthread_create(&thread, NULL, body, NULL);
    await(1);
    for (int i = 0; i < 5000 && !tarn__load(&finalized, relaxed); i++)
        poll_for(1);
    long ran = tarn__load(&finalized, relaxed);
    reach(2);
    join_all(&thread, 1);
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(ran, 1);
    close_heap();
}

static void user_code_of_a_thread_that_blocks_runs_elsewhere(void **state) {
    (void)state;
    one_leaves_user_code(drop_and_block);
}

static void user_code_of_a_thread_that_detaches_runs_elsewhere(void **state) {
    (void)state;
    one_leaves_user_code(drop_and_detach);
}

/* --- forks --- */

#define OBJECTS 200

static void *own_and_poll_late(void *arg) {
    void **objects = arg;
    tarn_thread_attach(fixture.heap);
    tarn_gc_exempt(true);
    for (int i = 0; i < OBJECTS; i++)
        objects[i] = tarn_new(fixture.leaf);
    reach(1);
    await(2);
    while (tarn__load(&stage, relaxed) < 3)
        tarn_safepoint();
    tarn_thread_detach();
    return NULL;
}

/* Lets the owner poll, when the fork waits for it. */
static void *let_poll(void *arg) {
    (void)arg;
    usleep(50000);
    reach(2);
    return NULL;
}

/* Takes the owner's seat, being the older one. The owner was stopped before it read its
 * mail; and it was exempt from collecting. */
static int look_in_child(void) {
    struct tarn_gc_stats collected;
    if (tarn_thread_attach(fixture.heap) != 0)
        return 1;
    poll_for(50);
    if (stats().freed < OBJECTS)
        return 2;
    for (int i = 0; i < 5000; i++) {
        struct node *node = new_node(fixture.node);
        tarn_field_set(&node->a, node);
        tarn_decref(node);
        tarn_safepoint();
    }
    tarn_gc_stats(fixture.heap, 0, &collected);
    return collected.collections ? 0 : 3;
}

static void a_fork_leaves_nothing_to_threads_that_are_gone(void **state) {
    pthread_t owner;
    pthread_t other;
    void *objects[OBJECTS];
    int status;
    (void)state;
    open_heap((struct tarn_config){0});
    reach(0);
    tarn_thread_detach();
    pthread_create(&owner, NULL, own_and_poll_late, objects);
    await(1);
    tarn_thread_attach(fixture.heap);
    for (int i = 0; i < OBJECTS; i++)
        tarn_decref(objects[i]);
    tarn_thread_detach();
    pthread_create(&other, NULL, let_poll, NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(look_in_child());
    waitpid(child, &status, 0);
    reach(3);
    pthread_join(owner, NULL);
    pthread_join(other, NULL);
    assert_int_equal(status, 0);
    assert_int_equal(tarn_thread_attach(fixture.heap), 0);
    close_heap();
}

/* --- the heap's own threads --- */

static ptrdiff_t destroyed;

static void destroy_own_heap(void *object) {
    (void)object;
    destroyed = tarn_heap_destroy(fixture.heap);
    tarn__fetch_add(&finalized, 1, release);
}

static void user_code_cannot_destroy_its_heap(void **state) {
    (void)state;
    open_heap((struct tarn_config){.dispatch = TARN_DISPATCH_THREAD});
    tarn_type *type = node_type("destroyer", destroy_own_heap, NULL, 0);
    tarn__store(&finalized, 0, relaxed);
    tarn_decref(tarn_new(type));
    tarn_thread_detach();
    while (!tarn__load(&finalized, acquire))
        usleep(100);
    assert_int_equal(destroyed, -EBUSY);
    assert_int_equal(tarn_thread_attach(fixture.heap), 0);
    close_heap();
}

#if defined(TARN_FAULTS) && TARN_FAULTS

/* Publishes and drops; what is dead must be freed sooner or later. */
static bool dead_are_freed(void) {
    tarn_slot slot = {0};
    uint64_t freed = stats().freed;
    void *object = tarn_new(fixture.leaf);
    tarn_slot_init(&slot, object);
    tarn_decref(object);
    tarn_slot_destroy(&slot);
    for (int i = 0; i < 2000 && stats().freed == freed; i++)
        poll_for(1);
    return stats().freed > freed;
}

/* A heap is made with all that its threads need, or not at all. */
static void the_nth_allocation_of_a_new_heap_fails(void **state) {
    (void)state;
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        tarn__fault_arm(n);
        fixture.heap = tarn_heap_create(NULL);
        usleep(20000); /* its threads may ask too */
        done = tarn__fault_count() < n;
        tarn__fault_arm(0);
        if (fixture.heap) {
            assert_int_equal(tarn_thread_attach(fixture.heap), 0);
            fixture.leaf = tarn_type_register(fixture.heap,
                                              &(struct tarn_type_spec){.name = "leaf", .size = 32});
            assert_true(dead_are_freed());
            close_heap();
        }
    }
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(user_code_of_a_thread_that_blocks_runs_elsewhere),
        cmocka_unit_test(user_code_of_a_thread_that_detaches_runs_elsewhere),
        cmocka_unit_test(a_fork_leaves_nothing_to_threads_that_are_gone),
        cmocka_unit_test(user_code_cannot_destroy_its_heap),
#if defined(TARN_FAULTS) && TARN_FAULTS
        cmocka_unit_test(the_nth_allocation_of_a_new_heap_fails),
#endif
    };
    return cmocka_run_group_tests_name("leaving", tests, NULL, NULL);
}
