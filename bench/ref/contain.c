/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Rows: containers against what one would take instead. */
#include "harness.h"
#include "rows.h"

struct vec_job {
    const struct peer_vec *peer;
    bool appends; /* else reads */
    void *vec;
};

static double run_vec(void *arg) {
    struct vec_job *job = arg;
    const struct peer_vec *p = job->peer;
    if (!p->open)
        return -1;
    here_begin(&p->peer);
    void *vec = p->open();
    uint64_t n = loops_for(40);
    double begun = now_ns();
    (job->appends ? p->append : p->read)(vec, n);
    double ns = (now_ns() - begun) / (double)n;
    p->close(vec);
    here_end(&p->peer);
    return ns;
}

static void work_vec(void *arg, unsigned k) {
    struct vec_job *job = arg;
    (k == 0 ? job->peer->read : job->peer->append)(job->vec, POLL_EVERY);
}

/* One reads, the other appends. */
static double run_beside(void *arg) {
    struct vec_job *job = arg;
    const struct peer_vec *p = job->peer;
    if (!p->open)
        return -1;
    here_begin(&p->peer);
    job->vec = p->open();
    double ns = crew_run(
        &(struct crew){.peer = &p->peer, .threads = 2, .counted = 1, .body = work_vec, .arg = job});
    p->close(job->vec);
    here_end(&p->peer);
    return ns;
}

static void compare_vecs(const char *what, double (*run)(void *), bool appends) {
    static const struct peer_vec *const peer[] = {&tarn_vec_peer, &peer_vec_shared_ptr,
                                                  &peer_vec_ptr_array};
    struct vec_job job[VARIANTS_MAX];
    struct bench b = {.name = "ref", .what = what};
    for (unsigned i = 0; i < sizeof peer / sizeof peer[0]; i++) {
        job[i] = (struct vec_job){.peer = peer[i], .appends = appends};
        b.variant[i] = (struct variant){peer[i]->peer.name, run, &job[i]};
    }
    bench_run(&b);
}

void ref_contain(void) {
    static const struct peer_table *const maps[] = {&tarn_map_peer, &peer_map_lfht, &peer_map_glib};
    static const unsigned updates[] = {0, 10, 50, 100};
    compare_vecs("vector, read an element and drop it", run_vec, false);
    compare_vecs("vector, append", run_vec, true);
    compare_vecs("vector, read beside 1 that appends", run_beside, false);
    for (unsigned u = 0; u < 4; u++)
        for (unsigned threads = 1; threads <= 2; threads++)
            ref_compare_tables("map, get and put", maps, 3, updates[u], threads);
}
