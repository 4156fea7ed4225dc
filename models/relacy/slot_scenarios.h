/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Scenarios of slots: [SLOT]. */
#ifndef TARN_MODELS_RELACY_SLOT_SCENARIOS_H
#define TARN_MODELS_RELACY_SLOT_SCENARIOS_H

#include "model.h"

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

#endif
