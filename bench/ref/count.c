/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Rows: pairs of increment and decrement. */
#include <sched.h>
#include <tarn/atomic.h>

#include "harness.h"
#include "rows.h"

static double run_alone(void *arg) {
    const struct peer_count *p = arg;
    if (!p->pairs)
        return -1;
    here_begin(&p->peer);
    void *object = p->open();
    uint64_t n = loops_for(5);
    double begun = now_ns();
    p->pairs(object, n);
    double ns = (now_ns() - begun) / (double)n;
    p->close(object);
    here_end(&p->peer);
    return ns;
}

struct pair_job {
    const struct peer_count *peer;
    TARN__ATOMIC(void *) object;
};

static void work_pairs(void *arg, unsigned k) {
    struct pair_job *job = arg;
    (void)k;
    /* relaxed: made before the crew began. */
    job->peer->pairs(tarn__load(&job->object, relaxed), POLL_EVERY);
}

static double run_crew(const struct peer_count *p, void (*body)(void *, unsigned), void *object) {
    struct pair_job job = {.peer = p};
    if (!p->pairs)
        return -1;
    /* relaxed: no other thread yet. */
    tarn__store(&job.object, object, relaxed);
    struct crew crew = {.peer = &p->peer, .threads = 2, .body = body, .arg = &job};
    double ns = crew_run(&crew);
    /* relaxed: the crew has been joined. */
    p->close(tarn__load(&job.object, relaxed));
    return ns;
}

static double run_two(void *arg) {
    const struct peer_count *p = arg;
    return p->pairs ? run_crew(p, work_pairs, p->open()) : -1;
}

/* The first thread makes the object, and owns it. */
static void work_owner_pairs(void *arg, unsigned k) {
    struct pair_job *job = arg;
    /* acquire: pairs with the release below. */
    void *object = tarn__load(&job->object, acquire);
    if (!object && k == 0) {
        object = job->peer->open();
        /* release: pairs with the acquire above; publishes the object. */
        tarn__store(&job->object, object, release);
    }
    if (object)
        job->peer->pairs(object, POLL_EVERY);
    else
        sched_yield();
}

static double run_owner_and_other(void *arg) {
    return run_crew(arg, work_owner_pairs, NULL);
}

static double run_steps(void *arg) {
    const struct peer_count *p = arg;
    if (!p->pairs)
        return -1;
    void *object = p->open();
    double steps = steps_of(p, p->pairs, object);
    p->close(object);
    return steps > 0 ? steps : -1;
}

#define COUNT(run, who)                                                                            \
    { (who).peer.name, (run), (void *)&(who) }

void ref_count(void) {
    bench_run(&(struct bench){
        .name = "ref",
        .what = ROW_OWNER,
        .variant = {COUNT(run_alone, tarn_owner), COUNT(run_alone, peer_int),
                    COUNT(run_alone, peer_atomic), COUNT(run_alone, peer_shared_ptr),
                    COUNT(run_alone, peer_rc_box), COUNT(run_alone, peer_gobject)}});
    bench_run(&(struct bench){
        .name = "ref",
        .what = ROW_FOREIGN,
        .variant = {COUNT(run_alone, tarn_foreign), COUNT(run_alone, tarn_shared),
                    COUNT(run_alone, peer_atomic), COUNT(run_alone, peer_shared_ptr),
                    COUNT(run_alone, peer_rc_box), COUNT(run_alone, peer_gobject)}});
    bench_run(
        &(struct bench){.name = "ref",
                        .what = ROW_IMMORTAL,
                        .variant = {COUNT(run_alone, tarn_immortal), COUNT(run_alone, peer_int)}});
    bench_run(&(struct bench){
        .name = "ref",
        .what = ROW_TWO,
        .variant = {COUNT(run_two, tarn_foreign),
                    {"tarn, owner and another", run_owner_and_other, (void *)&tarn_owner},
                    COUNT(run_two, peer_atomic),
                    COUNT(run_two, peer_shared_ptr),
                    COUNT(run_two, peer_rc_box),
                    COUNT(run_two, peer_gobject)}});
    bench_run(&(struct bench){
        .name = "ref",
        .what = ROW_STEPS,
        .unit = "instr",
        .variant = {COUNT(run_steps, tarn_owner), COUNT(run_steps, peer_int),
                    COUNT(run_steps, tarn_immortal), COUNT(run_steps, tarn_foreign),
                    COUNT(run_steps, tarn_shared), COUNT(run_steps, peer_atomic),
                    COUNT(run_steps, peer_shared_ptr), COUNT(run_steps, peer_rc_box),
                    COUNT(run_steps, peer_gobject)}});
}
