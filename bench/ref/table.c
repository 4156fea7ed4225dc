/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Rows: Michael's hash table and Treiber's stack, more and less changing, more and
 * fewer threads. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "rows.h"
#include "works.h"

struct table_job {
    const struct peer_table *table;
    const struct peer_stack *stack;
    unsigned updates; /* percent */
    unsigned threads;
    void *state;
};

/* Of each thread, so that all do the same mix. */
static __thread uint64_t dice;

static uint64_t throw_dice(unsigned k) {
    if (!dice)
        dice = RANDOM_SEED + k * 0x9e3779b97f4a7c15u;
    return random_next(&dice) >> 16;
}

static void work_table(void *arg, unsigned k) {
    const struct table_job *job = arg;
    for (unsigned i = 0; i < POLL_EVERY; i++) {
        uint64_t random = throw_dice(k);
        uint64_t key = random % TABLE_KEYS;
        random /= TABLE_KEYS;
        if (random % 100 >= job->updates)
            job->table->find(job->state, key);
        else if (random / 100 % 2 == 0 || !job->table->remove)
            job->table->insert(job->state, key);
        else
            job->table->remove(job->state, key);
    }
}

static void work_stack(void *arg, unsigned k) {
    static __thread bool pushes;
    const struct table_job *job = arg;
    for (unsigned i = 0; i < POLL_EVERY; i++) {
        if (throw_dice(k) % 100 >= job->updates)
            job->stack->top(job->state);
        else if ((pushes = !pushes))
            job->stack->push(job->state, i);
        else
            job->stack->pop(job->state);
    }
}

static double run_crew(struct table_job *job, const struct peer *peer,
                       void (*body)(void *, unsigned)) {
    return crew_run(
        &(struct crew){.peer = peer, .threads = job->threads, .body = body, .arg = job});
}

static double run_table(void *arg) {
    struct table_job *job = arg;
    const struct peer_table *p = job->table;
    if (!p->open)
        return -1;
    here_begin(&p->peer);
    job->state = p->open();
    for (uint64_t key = 0; key < TABLE_KEYS; key += 2)
        p->insert(job->state, key);
    double ns = run_crew(job, &p->peer, work_table);
    p->close(job->state);
    here_end(&p->peer);
    return ns;
}

static double run_stack(void *arg) {
    struct table_job *job = arg;
    const struct peer_stack *p = job->stack;
    if (!p->open)
        return -1;
    here_begin(&p->peer);
    job->state = p->open();
    for (unsigned i = 0; i < STACK_DEPTH; i++)
        p->push(job->state, i);
    double ns = run_crew(job, &p->peer, work_stack);
    p->close(job->state);
    here_end(&p->peer);
    return ns;
}

static const char *name_row(const char *what, unsigned updates, unsigned threads) {
    char name[96];
    snprintf(name, sizeof name, "%s, %u %% updates, %u thread%s", what, updates, threads,
             threads > 1 ? "s" : "");
    return strdup(name); /* rows are kept to the end */
}

void ref_compare_tables(const char *what, const struct peer_table *const *peer, unsigned count,
                        unsigned updates, unsigned threads) {
    struct table_job job[VARIANTS_MAX];
    struct bench b = {.name = "ref", .what = name_row(what, updates, threads)};
    for (unsigned i = 0; i < count; i++) {
        job[i] = (struct table_job){.table = peer[i], .updates = updates, .threads = threads};
        b.variant[i] = (struct variant){peer[i]->peer.name, run_table, &job[i]};
    }
    bench_run(&b);
}

static void compare_stacks(unsigned updates, unsigned threads) {
    static const struct peer_stack *const peer[] = {&tarn_stack, &peer_stack_qsbr, &peer_stack_bp,
                                                    &peer_stack_atomic_ptr, &peer_stack_boehm};
    struct table_job job[VARIANTS_MAX];
    struct bench b = {.name = "ref", .what = name_row("stack", updates, threads)};
    for (unsigned i = 0; i < sizeof peer / sizeof peer[0]; i++) {
        job[i] = (struct table_job){.stack = peer[i], .updates = updates, .threads = threads};
        b.variant[i] = (struct variant){peer[i]->peer.name, run_stack, &job[i]};
    }
    bench_run(&b);
}

void ref_table(void) {
    static const struct peer_table *const peer[] = {&tarn_table,        &tarn_map_table,
                                                    &peer_table_qsbr,   &peer_table_bp,
                                                    &peer_table_locked, &peer_table_boehm};
    static const unsigned updates[] = {0, 10, 50};
    unsigned most = harness.quick ? 2 : 16;
    for (unsigned u = 0; u < 3; u++)
        for (unsigned threads = 1; threads <= most; threads *= 2)
            ref_compare_tables("hash table", peer, sizeof peer / sizeof peer[0], updates[u],
                               threads);
    for (unsigned u = 0; u < 3; u++)
        for (unsigned threads = 1; threads <= most; threads *= 2)
            compare_stacks(updates[u], threads);
}
