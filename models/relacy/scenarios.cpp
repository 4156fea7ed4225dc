/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Short programs of two or three threads over the kernels, for Relacy.
 *
 * Compiled with -DSCENARIO=name, for a scheduler is a template:
 *
 *   name full       every interleaving and every value a load may see, one store
 *                   back
 *   name bound N    those with up to N switches that nothing forces
 *   name random N   N at random, loads seeing older stores too
 *
 * Prints how many executions that were and ends with 0, or prints what went wrong
 * and in which execution and ends with 1; the history goes to the file `history`.
 */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "model.h"

/* --- counts --- */

/* Two references of the owner's half, one handed to another thread. */
struct count_handed : rl::test_suite<count_handed, 2> {
    model m;
    void before() {
        m.begin(2, 0);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        m.use();
        m.drop(i ? OTHER : OWNER);
        if (i == 0) {
            m.safepoint();
            m.leave(TARN__SEAT_BLOCKING);
        }
    }
};

/* One reference in each half: the owner's zero may meet the other's. */
struct count_halves : rl::test_suite<count_halves, 2> {
    model m;
    void before() {
        m.begin(1, 1);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        m.use();
        m.drop(i ? OTHER : OWNER);
    }
};

/* The other thread adds one before it drops both; one of them goes by mail. */
struct count_added : rl::test_suite<count_added, 2> {
    model m;
    void before() {
        m.begin(2, 0);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.drop(OWNER);
            m.leave(TARN__SEAT_VACANT);
        } else {
            m.incref(OTHER);
            m.use();
            m.drop(OTHER);
            m.drop(OTHER);
        }
    }
};

/* Mail meets an owner that blocks and comes back. */
struct count_claim : rl::test_suite<count_claim, 2> {
    model m;
    void before() {
        m.begin(2, 0);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.leave(TARN__SEAT_BLOCKING);
            m.enter();
            m.incref(OWNER);
            m.drop(OWNER);
            m.drop(OWNER);
            m.leave(TARN__SEAT_BLOCKING);
        } else {
            m.use();
            m.drop(OTHER);
        }
    }
};

/* The seat changes hands while mail comes. */
struct count_seat_taken : rl::test_suite<count_seat_taken, 3> {
    model m;
    rl::atomic<unsigned> vacated;
    void before() {
        m.begin(2, 0);
        vacated.store(0, rl::mo_relaxed, $);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.leave(TARN__SEAT_VACANT);
            vacated.store(1, rl::mo_release, $);
        } else if (i == 1) {
            while (!vacated.load(rl::mo_acquire, $))
                rl::yield(1, $);
            m.enter();
            m.drop(OWNER);
            m.leave(TARN__SEAT_VACANT);
        } else {
            m.drop(THIRD);
        }
    }
};

/* Two threads drop what the owner gave them; the owner leaves. */
struct count_two_foreign : rl::test_suite<count_two_foreign, 3> {
    model m;
    void before() {
        m.begin(3, 0);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        m.use();
        m.drop(OWNER + i);
        if (i == 0)
            m.leave(TARN__SEAT_BLOCKING);
    }
};

/* Merged long since: plain atomic counting. */
struct count_merged : rl::test_suite<count_merged, 2> {
    model m;
    void before() {
        m.begin(0, 2, TARN__MERGED);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        m.use();
        m.incref(OTHER + i);
        m.drop(OTHER + i);
        m.drop(OTHER + i);
    }
};

/* Made immortal while its letter is on the way: the letter is taken, no more. */
struct count_immortal : rl::test_suite<count_immortal, 2> {
    model m;
    void before() {
        m.begin(2, 0);
    }
    void after() {
        RL_ASSERT(!m.freed && !m.retired);
        uint64_t flags = tarn__load(&m.o->shared, relaxed) & (TARN__IMMORTAL | TARN__QUEUED);
        RL_ASSERT(flags == TARN__IMMORTAL);
        m.free_object();
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            tarn__count_immortalize(m.o);
            m.drop(OWNER);
            m.safepoint();
            m.leave(TARN__SEAT_BLOCKING);
        } else {
            m.drop(OTHER);
        }
    }
};

/* tarn_share() meets a foreign drop. */
struct count_shared : rl::test_suite<count_shared, 2> {
    model m;
    void before() {
        m.begin(2, 0);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            if (m.is_owner(OWNER, tarn__load(&m.o->bias, relaxed))) {
                m.own_counts();
                tarn__count_merge(m.o, 0, 0);
            }
            m.use();
            m.drop(OWNER);
            m.leave(TARN__SEAT_BLOCKING);
        } else {
            m.use();
            m.drop(OTHER);
        }
    }
};

/* --- user code --- */

/* Both drop, either runs the finalizer, which resurrects for a while. */
struct final_once : rl::test_suite<final_once, 2> {
    model m;
    void before() {
        m.begin(1, 1, 0, TARN_STAGE_FINALIZE);
    }
    void after() {
        m.run_user_code(OTHER, false);
        m.end();
    }
    void thread(unsigned i) {
        m.drop(i ? OTHER : OWNER);
        m.run_user_code(i ? OTHER : OWNER, true);
    }
};

/* A dropper stalls in its death while a borrower brings the object back. */
struct dispose_once : rl::test_suite<dispose_once, 2> {
    model m;
    void before() {
        m.begin(0, 1, TARN__MERGED | TARN__PUBLISHED, TARN_STAGE_DISPOSE);
    }
    void after() {
        m.run_user_code(OTHER, false);
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.drop(OTHER);
        } else if (m.try_incref(THIRD, m.o)) {
            m.drop(THIRD);
            m.run_user_code(THIRD, false);
        }
    }
};

/* --- slots --- */

/* A reader meets the writer that empties the slot and drops the last reference. */
struct slot_emptied : rl::test_suite<slot_emptied, 2> {
    model m;
    void before() {
        m.begin(1, 0, TARN__PUBLISHED);
        tarn__store(&m.place.object, (tarn_object *)m.o, relaxed);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.store(OWNER, 0);
            m.leave(TARN__SEAT_BLOCKING);
        } else if (m.load(OTHER)) {
            m.use();
            m.drop(OTHER);
        }
    }
};

/* The same, merged, with two readers. */
struct slot_readers : rl::test_suite<slot_readers, 3> {
    model m;
    void before() {
        m.begin(0, 1, TARN__MERGED | TARN__PUBLISHED);
        tarn__store(&m.place.object, (tarn_object *)m.o, relaxed);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.store(OTHER, 0);
        } else if (m.load(OTHER + i)) {
            m.use();
            m.drop(OTHER + i);
        }
    }
};

/* A new object is published; the reader sees its fields, and takes it out. */
struct slot_published : rl::test_suite<slot_published, 2> {
    model m;
    void before() {
        m.begin(1, 0);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.o->payload($) = 1;
            m.store(OWNER, m.o);
            m.drop(OWNER);
            m.leave(TARN__SEAT_BLOCKING);
        } else if (m.load(OTHER)) {
            m.use();
            m.drop(OTHER);
            m.store(OTHER, 0);
        } else {
            while (!tarn__load(&m.place.object, acquire))
                rl::yield(1, $);
            m.store(OTHER, 0);
        }
    }
};

/* The owner publishes, then empties the slot: its own zero meets a reader. */
struct slot_passing : rl::test_suite<slot_passing, 2> {
    model m;
    void before() {
        m.begin(1, 0);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.store(OWNER, m.o);
            m.drop(OWNER);
            m.store(OWNER, 0);
            m.leave(TARN__SEAT_BLOCKING);
        } else if (m.load(OTHER)) {
            m.use();
            m.drop(OTHER);
        }
    }
};

/* What an exchange takes out may be looked at by whoever took it. */
struct slot_exchanged : rl::test_suite<slot_exchanged, 2> {
    model m;
    void before() {
        m.begin(1, 0);
    }
    void after() {
        m.store(OWNER, 0);
        m.safepoint();
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.o->payload($) = 1;
            m.store(OWNER, m.o);
            m.drop(OWNER);
            m.leave(TARN__SEAT_BLOCKING);
        } else if (tarn__slot_swap_kernel(&m.place, (tarn_object *)0)) {
            m.use();
            m.drop(OTHER);
        }
    }
};

/* The same by compare_exchange, both in and out. */
struct slot_compared : rl::test_suite<slot_compared, 2> {
    model m;
    void before() {
        m.begin(1, 0);
    }
    void after() {
        m.store(OWNER, 0);
        m.safepoint();
        m.end();
    }
    void thread(unsigned i) {
        tarn_object *none = 0;
        tarn_object *some = m.o;
        if (i == 0) {
            m.o->payload($) = 1;
            tarn__slot_publish(m.o);
            RL_ASSERT(tarn__slot_cas_kernel(&m.place, &none, some));
            m.leave(TARN__SEAT_BLOCKING);
        } else if (tarn__slot_cas_kernel(&m.place, &some, none)) {
            m.use();
            m.drop(OTHER);
        }
    }
};

/* --- weak references: upgrade and death, src/object/weak.c --- */

struct weak_upgrade : rl::test_suite<weak_upgrade, 2> {
    model m;
    rl::atomic<tarn_object *> target;
    void before() {
        m.begin(1, 0, TARN__WEAK);
        target.store(m.o, rl::mo_relaxed, $);
    }
    void after() {
        m.end();
    }
    void upgrade(unsigned me) {
        tarn_object *o = target.load(rl::mo_acquire, $);
        if (!o || !m.try_incref(me, o))
            return;
        m.use();
        m.drop(me);
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.drop(OWNER);
            upgrade(OWNER);
            m.leave(TARN__SEAT_BLOCKING);
        } else {
            upgrade(OTHER);
        }
    }
};

/* --- posts --- */

/* Each letter is taken once, with what its sender wrote, and none stays behind. The
 * letters are `apart` bits from each other, in one word or in two. */
template <int senders, unsigned apart> struct post_run {
    tarn_inbox inbox;
    tarn_post post;
    rl::var<unsigned> wrote[senders];
    unsigned taken;

    void begin() {
        tarn__store(&inbox.head, (tarn_post *)0, relaxed);
        tarn__store(&post.word, (uint64_t)0, relaxed);
        tarn__store(&post.next, (tarn_post *)0, relaxed);
        for (unsigned w = 0; w < TARN_POST_WORDS; w++)
            tarn__store(&post.bits[w], (uint64_t)0, relaxed);
        taken = 0;
    }

    void send(int s) {
        wrote[s]($) = 1;
        unsigned index = (unsigned)s * apart;
        if (s == 0)
            RL_ASSERT(tarn__post_set(&inbox, &post, index));
        else
            RL_ASSERT(!tarn__post_set_word(&inbox, &post, index / 64, (uint64_t)1 << index % 64));
    }

    void take(tarn_post *p) {
        for (unsigned w = 0; w < TARN_POST_WORDS; w++) {
            uint64_t bits = tarn__post_take(p, w);
            for (unsigned s = 0; s < senders; s++)
                if (s * apart / 64 == w && (bits >> s * apart % 64 & 1))
                    take_letter(s);
        }
    }

    void take_letter(unsigned s) {
        RL_ASSERT(!(taken & 1u << s));
        RL_ASSERT(wrote[s]($) == 1);
        taken |= 1u << s;
    }

    void receive() {
        for (tarn_post *p = tarn__inbox_take(&inbox), *next; p; p = next) {
            next = tarn__post_next(p);
            tarn__post_open(p);
            take(p);
        }
    }

    /* A receiver among several: the post stays announced while its bits are taken. */
    void receive_and_finish() {
        for (tarn_post *p = tarn__inbox_take(&inbox), *next; p; p = next) {
            next = tarn__post_next(p);
            take(p);
            tarn__post_finish(&inbox, p);
        }
    }

    void end() {
        receive();
        RL_ASSERT(taken == (1u << senders) - 1);
        RL_ASSERT(!(tarn__load(&post.word, relaxed) & TARN_POST_ANNOUNCED));
    }
};

struct post_one : rl::test_suite<post_one, 2> {
    post_run<2, 64> run;
    void before() {
        run.begin();
    }
    void after() {
        run.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            run.send(0);
            run.send(1);
        } else {
            run.receive();
            run.receive();
        }
    }
};

struct post_two : rl::test_suite<post_two, 3> {
    post_run<2, 1> run;
    void before() {
        run.begin();
    }
    void after() {
        run.end();
    }
    void thread(unsigned i) {
        if (i < 2)
            run.send((int)i);
        else
            run.receive();
    }
};

struct post_finished : rl::test_suite<post_finished, 3> {
    post_run<2, 64> run;
    void before() {
        run.begin();
    }
    void after() {
        run.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            run.send(0);
            run.send(1);
        } else {
            run.receive_and_finish();
        }
    }
};

/* The post changes hands as soon as its letters are taken: no sender that comes
 * late puts it on the inbox of the hands that it left. */
struct post_hands : rl::test_suite<post_hands, 3> {
    post_run<2, 1> run;
    bool handed;
    void before() {
        run.begin();
        handed = false;
    }
    void after() {
        if (!handed)
            run.end();
        RL_ASSERT(run.taken == 3);
        RL_ASSERT(!tarn__load(&run.inbox.head, relaxed));
        RL_ASSERT(!(tarn__load(&run.post.word, relaxed) & TARN_POST_ANNOUNCED));
    }
    void thread(unsigned i) {
        if (i < 2) {
            run.send((int)i);
            return;
        }
        run.receive();
        if (run.taken == 3)
            handed = tarn__post_retire(&run.post);
    }
};

/* --- seats: a stopper touches what a stopped seat owns --- */

struct seats {
    tarn__seat_head head;
    TARN__ATOMIC(uint32_t) outstanding;
    rl::var<unsigned> owned; /* the seat's thread's, or whoever stopped or claimed it */

    void begin() {
        tarn__store(&head.state, TARN__SEAT_RUNNING, relaxed);
        tarn__store(&outstanding, 0u, relaxed);
        owned($) = 0;
    }

    void end() {
        RL_ASSERT(!tarn__load(&outstanding, relaxed));
    }

    void touch() {
        owned($) = owned($) + 1;
    }

    void acknowledge() {
        tarn__fetch_sub(&outstanding, 1u, acq_rel);
    }

    void wait_running() {
        uint32_t word;
        while (!tarn__seat_is_running(&head, &word))
            rl::yield(1, $);
    }

    void safepoint() {
        if (!(tarn__load(&head.state, relaxed) & TARN__SEAT_STOP) || !tarn__seat_park(&head))
            return;
        acknowledge();
        wait_running();
    }

    void leave(uint32_t to) {
        if (tarn__seat_leave(&head, to, 0))
            acknowledge();
    }

    void enter() {
        if (!tarn__seat_enter(&head))
            wait_running();
    }

    void stop_and_start() {
        uint32_t owed = tarn__seat_stop(&head) ? 1 : 0;
        tarn__fetch_add(&outstanding, owed, acq_rel);
        while (tarn__load(&outstanding, acquire))
            rl::yield(1, $);
        touch();
        tarn__seat_start(&head);
    }

    void claim() {
        uint32_t from;
        if (!tarn__seat_claim(&head, &from))
            return;
        touch();
        tarn__seat_unclaim(&head, from);
    }
};

struct seat_parks : rl::test_suite<seat_parks, 2> {
    seats s;
    void before() {
        s.begin();
    }
    void after() {
        s.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            s.touch();
            s.safepoint();
            s.touch();
            s.safepoint();
            s.leave(TARN__SEAT_VACANT);
        } else {
            s.stop_and_start();
        }
    }
};

struct seat_blocks : rl::test_suite<seat_blocks, 2> {
    seats s;
    void before() {
        s.begin();
    }
    void after() {
        s.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            s.touch();
            s.leave(TARN__SEAT_BLOCKING);
            s.enter();
            s.touch();
            s.leave(TARN__SEAT_VACANT);
        } else {
            s.stop_and_start();
            s.stop_and_start();
        }
    }
};

struct seat_claimed : rl::test_suite<seat_claimed, 2> {
    seats s;
    void before() {
        s.begin();
    }
    void after() {
        s.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            s.touch();
            s.leave(TARN__SEAT_BLOCKING);
            s.enter();
            s.touch();
            s.leave(TARN__SEAT_VACANT);
        } else {
            s.claim();
            s.claim();
        }
    }
};

/* Two claimers and a thread that comes back. */
struct seat_claimed_twice : rl::test_suite<seat_claimed_twice, 3> {
    seats s;
    void before() {
        s.begin();
    }
    void after() {
        s.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            s.leave(TARN__SEAT_BLOCKING);
            s.enter();
            s.touch();
            s.leave(TARN__SEAT_VACANT);
        } else {
            s.claim();
        }
    }
};

/* --- the search --- */

static const rl::thread_id_t thread_count = SCENARIO::params::thread_count;

/* Runs; what fails runs once more, with its history. */
template <typename scheduler> static rl::test_result_e search(rl::test_params &params) {
    rl::ostringstream end;
    rl::test_result_e result = rl::run_test<SCENARIO, scheduler>(params, end, false);
    if (result != rl::test_result_success) {
        params.initial_state = end.str();
        params.collect_history = true;
        rl::run_test<SCENARIO, scheduler>(params, end, true);
    }
    return result;
}

int main(int argc, char **argv) {
    const char *kind = argc > 1 ? argv[1] : "";
    unsigned n = argc > 2 ? (unsigned)strtoul(argv[2], 0, 10) : 0;
    std::ofstream history("history");
    rl::test_params params;
    params.output_stream = &history;
    params.progress_stream = &history;
    params.execution_depth_limit = 4000;
    params.context_bound = n;
    rl::test_result_e result;
    if (!strcmp(kind, "bound")) {
        params.search_type = rl::sched_bound;
        result = search<rl::context_bound_scheduler<thread_count>>(params);
#ifndef ONLY_BOUND
    } else if (!strcmp(kind, "full")) {
        params.search_type = rl::sched_full;
        result = search<rl::full_search_scheduler<thread_count>>(params);
    } else if (!strcmp(kind, "random")) {
        params.search_type = rl::sched_random;
        params.iteration_count = n;
        result = search<rl::random_scheduler<thread_count>>(params);
#endif
    } else {
        fprintf(stderr, "usage: %s full | bound N | random N\n", argv[0]);
        return 2;
    }
    bool good = result == rl::test_result_success;
    unsigned long long executions = params.stop_iteration;
    if (good)
        printf("%llu executions\n", executions);
    else
        printf("%s, execution %llu\n", rl::test_result_str(result), executions);
    return !good;
}
