/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Rows: slots, alone and with a writer. */
#include "harness.h"
#include "rows.h"

enum act { LOAD, PEEK, STORE, SWAP, PUBLISH };

typedef void (*act_function)(void *slot, uint64_t n);

struct slot_job {
    const struct peer_slot *peer;
    enum act act;     /* of the threads that are counted */
    enum act beside;  /* of one thread more */
    unsigned counted; /* 0: alone, in this thread */
    void *slot;
};

static act_function function_of(const struct peer_slot *p, enum act act) {
    switch (act) {
    case LOAD:
        return p->load;
    case PEEK:
        return p->peek;
    case STORE:
        return p->store;
    case SWAP:
        return p->swap;
    case PUBLISH:
        return p->publish;
    }
    return NULL;
}

static double run_alone(void *arg) {
    const struct slot_job *job = arg;
    act_function act = function_of(job->peer, job->act);
    if (!act)
        return -1;
    here_begin(&job->peer->peer);
    void *slot = job->peer->open();
    uint64_t n = loops_for(10);
    double begun = now_ns();
    act(slot, n);
    double ns = (now_ns() - begun) / (double)n;
    job->peer->close(slot);
    here_end(&job->peer->peer);
    return ns;
}

static double run_steps(void *arg) {
    const struct slot_job *job = arg;
    act_function act = function_of(job->peer, job->act);
    if (!act)
        return -1;
    here_begin(&job->peer->peer);
    void *slot = job->peer->open();
    double steps = steps_of(job->peer, act, slot);
    job->peer->close(slot);
    here_end(&job->peer->peer);
    return steps > 0 ? steps : -1;
}

static void work_slot(void *arg, unsigned k) {
    const struct slot_job *job = arg;
    function_of(job->peer, k < job->counted ? job->act : job->beside)(job->slot, POLL_EVERY);
}

static double run_beside(void *arg) {
    struct slot_job *job = arg;
    if (!function_of(job->peer, job->act) || !function_of(job->peer, job->beside))
        return -1;
    here_begin(&job->peer->peer);
    job->slot = job->peer->open();
    struct crew crew = {.peer = &job->peer->peer,
                        .threads = job->counted + 1,
                        .counted = job->counted,
                        .body = work_slot,
                        .arg = job};
    double ns = crew_run(&crew);
    job->peer->close(job->slot);
    here_end(&job->peer->peer);
    return ns;
}

static const struct peer_slot *const contenders[] = {&tarn_slot_own,   &tarn_slot_shared,
                                                     &peer_slot_plain, &peer_slot_qsbr,
                                                     &peer_slot_bp,    &peer_slot_atomic_ptr};

#define CONTENDERS (sizeof contenders / sizeof contenders[0])

static void compare(const char *what, double (*run)(void *), enum act act, enum act beside,
                    unsigned counted) {
    struct slot_job job[CONTENDERS];
    struct bench b = {.name = "ref", .what = what};
    unsigned variants = 0;
    for (unsigned i = 0; i < CONTENDERS; i++) {
        const struct peer_slot *p = contenders[i];
        job[i] = (struct slot_job){.peer = p, .act = act, .beside = beside, .counted = counted};
        bool absent = !p->open; /* which is said */
        if (absent || (function_of(p, act) && (!counted || function_of(p, beside))))
            b.variant[variants++] = (struct variant){p->peer.name, run, &job[i]};
    }
    b.unit = run == run_steps ? "instr" : NULL;
    bench_run(&b);
}

void ref_slot(void) {
    compare(ROW_PEEK, run_alone, PEEK, PEEK, 0);
    compare(ROW_LOAD, run_alone, LOAD, LOAD, 0);
    if (steps_are_known()) {
        compare(ROW_PEEK_STEPS, run_steps, PEEK, PEEK, 0);
        compare(ROW_LOAD_STEPS, run_steps, LOAD, LOAD, 0);
    }
    compare(ROW_STORE, run_alone, STORE, STORE, 0);
    compare(ROW_SWAP, run_alone, SWAP, SWAP, 0);
    compare(ROW_PUBLISH, run_alone, PUBLISH, PUBLISH, 0);
    compare(ROW_LOAD_1_1, run_beside, LOAD, PUBLISH, 1);
    compare(ROW_LOAD_2_1, run_beside, LOAD, PUBLISH, 2);
    compare(ROW_PEEK_1_1, run_beside, PEEK, PUBLISH, 1);
    compare(ROW_PUBLISH_1_1, run_beside, PUBLISH, LOAD, 1);
}
