/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Rows: weak references. */
#include "harness.h"
#include "rows.h"

static double run_alone(void *arg) {
    const struct peer_weak *p = arg;
    if (!p->open)
        return -1;
    here_begin(&p->peer);
    void *weak = p->open();
    uint64_t n = loops_for(15);
    double begun = now_ns();
    p->upgrade(weak, n);
    double ns = (now_ns() - begun) / (double)n;
    p->close(weak);
    here_end(&p->peer);
    return ns;
}

struct weak_job {
    const struct peer_weak *peer;
    void *weak;
};

static void work_upgrade(void *arg, unsigned k) {
    const struct weak_job *job = arg;
    (void)k;
    job->peer->upgrade(job->weak, POLL_EVERY);
}

static double run_two(void *arg) {
    const struct peer_weak *p = arg;
    if (!p->open)
        return -1;
    struct weak_job job = {p, p->open()};
    double ns =
        crew_run(&(struct crew){.peer = &p->peer, .threads = 2, .body = work_upgrade, .arg = &job});
    p->close(job.weak);
    return ns;
}

#define WEAK(run, who)                                                                             \
    { (who).peer.name, (run), (void *)&(who) }

void ref_weak(void) {
    bench_run(&(struct bench){
        .name = "ref",
        .what = ROW_WEAK,
        .variant = {WEAK(run_alone, tarn_weak_own), WEAK(run_alone, tarn_weak_shared),
                    WEAK(run_alone, peer_weak_ptr), WEAK(run_alone, peer_weak_gobject)}});
    bench_run(
        &(struct bench){.name = "ref",
                        .what = ROW_WEAK_2,
                        .variant = {WEAK(run_two, tarn_weak_shared), WEAK(run_two, peer_weak_ptr),
                                    WEAK(run_two, peer_weak_gobject)}});
}
