/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Scenarios of weak references: [WK]. The functions are those of
 * src/object/weak.c; the list of callbacks, which a lock guards there, is a flag
 * under one here, for there is one weak reference with a callback.
 */
#ifndef TARN_MODELS_RELACY_WEAK_SCENARIOS_H
#define TARN_MODELS_RELACY_WEAK_SCENARIOS_H

#include "model.h"

struct control : tarn_control {
    rl::var<unsigned> body;
};

struct weak_model : model {
    TARN__ATOMIC(tarn_control *) cell;
    /* a weak reference with a callback, counted atomically, and its place on the list */
    tarn_object *weak;
    tarn_callback hook;
    rl::var<unsigned> listed;
    rl::mutex lock;
    TARN__ATOMIC(unsigned) pending;
    rl::var<unsigned> effect; /* of the callback */
    unsigned controls;        /* notes: live, and how often the callback ran */
    unsigned calls;

    /* `weak_references`: to the weak reference; 0: there is none. */
    void begin_weak(int local, int shared, uint64_t flags, int weak_references) {
        begin(local, shared, flags);
        tarn__store(&cell, (tarn_control *)0, relaxed);
        tarn__store(&pending, 0u, relaxed);
        effect($) = 0;
        listed($) = weak_references ? 1 : 0;
        controls = calls = 0;
        weak = 0;
        if (!weak_references)
            return;
        weak = new tarn_object;
        tarn__store(&weak->bias, (uint64_t)0, relaxed);
        tarn__store(&weak->shared,
                    (uint64_t)weak_references * TARN__COUNT_ONE + TARN__MERGED + TARN__PUBLISHED,
                    relaxed);
        tarn__callback_arm(&hook);
        get_control();
    }

    void end_weak() {
        end();
        RL_ASSERT(!controls && !tarn__load(&pending, relaxed));
        delete weak;
    }

    control *get_control() {
        tarn_control *found = tarn__control_find(&cell);
        if (!found) {
            control *made = new control;
            controls++;
            made->body($) = 1;
            tarn__control_init(made, o);
            if (tarn__control_publish(&cell, &found, (tarn_control *)made))
                found = made;
            else
                put(made);
        }
        tarn__weak_mark(o);
        tarn__control_hold(found);
        return static_cast<control *>(found);
    }

    void put(control *c) {
        RL_ASSERT(c->body($) == 1);
        if (!tarn__control_put(c))
            return;
        c->body($) = 0;
        controls--;
        delete c;
    }

    bool upgrade(unsigned me, control *c) {
        tarn_object *target = tarn__control_target(c);
        if (!target || !tarn__control_is_current(c, 0) || !try_incref(me, target))
            return false;
        use();
        drop(me);
        return true;
    }

    /* The target has died. */
    void detach() {
        control *c = static_cast<control *>(tarn__control_find(&cell));
        if (!c)
            return;
        tarn__control_clear(c);
        tarn__store(&cell, (tarn_control *)0, relaxed);
        lock.lock($);
        if (listed($))
            queue_callback();
        lock.unlock($);
        put(c);
    }

    void queue_callback() {
        if (!tarn__callback_is_armed(&hook) || !tarn__count_try_incref(weak))
            return;
        tarn__callback_queue(&hook);
        tarn__fetch_or(&pending, 1u, acq_rel);
    }

    void run_pending() {
        if (!tarn__fetch_and(&pending, 0u, acq_rel))
            return;
        if (tarn__callback_begin(&hook)) {
            calls++;
            effect($) = 1;
            tarn__callback_end(&hook);
        }
        drop_weak();
    }

    /* Drops a reference to the weak reference; with the last it leaves its control. */
    void drop_weak() {
        enum tarn_drop outcome = tarn__count_foreign_decref(weak, 0);
        RL_ASSERT(outcome == TARN_DROP_LIVE || outcome == TARN_DROP_DEAD);
        if (outcome == TARN_DROP_LIVE)
            return;
        lock.lock($);
        listed($) = 0;
        lock.unlock($);
        put(weak_control);
    }

    control *weak_control; /* constant: the weak reference's */
};

/* --- upgrade and death --- */

/* The owner's last reference goes; both upgrade. */
struct weak_upgrade : rl::test_suite<weak_upgrade, 2> {
    weak_model m;
    control *c;
    void before() {
        m.begin_weak(1, 0, 0, 0);
        c = m.get_control();
    }
    void after() {
        RL_ASSERT(!m.upgrade(OTHER, c));
        m.put(c);
        m.end_weak();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.drop(OWNER);
            m.upgrade(OWNER, c);
            m.leave(TARN__SEAT_BLOCKING);
        } else {
            m.upgrade(OTHER, c);
        }
    }
};

/* The same of a target that has no owner. */
struct weak_upgrade_merged : rl::test_suite<weak_upgrade_merged, 2> {
    weak_model m;
    control *c;
    void before() {
        m.begin_weak(0, 1, TARN__MERGED, 0);
        c = m.get_control();
    }
    void after() {
        m.put(c);
        m.end_weak();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.drop(OTHER);
        } else {
            m.upgrade(THIRD, c);
            m.upgrade(THIRD, c);
        }
    }
};

/* Two upgrade while the last reference goes. */
struct weak_upgrades : rl::test_suite<weak_upgrades, 3> {
    weak_model m;
    control *c;
    void before() {
        m.begin_weak(0, 1, TARN__MERGED, 0);
        c = m.get_control();
    }
    void after() {
        m.put(c);
        m.end_weak();
    }
    void thread(unsigned i) {
        if (i == 0)
            m.drop(OTHER);
        else
            m.upgrade(OTHER + i, c);
    }
};

/* The other thread makes the first weak reference while the owner drops its last:
 * the owner must not take the path of what nobody knows. */
struct weak_made : rl::test_suite<weak_made, 2> {
    weak_model m;
    void before() {
        m.begin_weak(1, 1, 0, 0);
    }
    void after() {
        m.end_weak();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.drop(OWNER);
            m.leave(TARN__SEAT_BLOCKING);
        } else {
            control *c = m.get_control();
            m.drop(OTHER);
            m.upgrade(OTHER, c);
            m.put(c);
        }
    }
};

/* Both make the first weak reference: there is one control. */
struct weak_made_twice : rl::test_suite<weak_made_twice, 2> {
    weak_model m;
    control *made[2];
    void before() {
        m.begin_weak(1, 1, 0, 0);
    }
    void after() {
        RL_ASSERT(made[0] == made[1]);
        RL_ASSERT(tarn__load(&m.o->shared, relaxed) & TARN__WEAK);
        m.put(made[0]);
        m.put(made[1]);
        m.drop(OWNER);
        m.drop(OTHER);
        m.safepoint();
        m.end_weak();
    }
    void thread(unsigned i) {
        made[i] = m.get_control();
        RL_ASSERT(made[i]->body($) == 1);
    }
};

/* The weak reference ends as its target does: either frees the control. */
struct weak_control_ends : rl::test_suite<weak_control_ends, 2> {
    weak_model m;
    control *c;
    void before() {
        m.begin_weak(0, 1, TARN__MERGED, 0);
        c = m.get_control();
    }
    void after() {
        m.end_weak();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.drop(OTHER);
        } else {
            m.upgrade(THIRD, c);
            m.put(c);
        }
    }
};

/* Who reads NULL sees what the target's end came after. */
struct weak_cleared : rl::test_suite<weak_cleared, 2> {
    weak_model m;
    control *c;
    void before() {
        m.begin_weak(0, 1, TARN__MERGED, 0);
        c = m.get_control();
    }
    void after() {
        m.put(c);
        m.end_weak();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.effect($) = 1;
            m.drop(OTHER);
        } else if (!tarn__control_target(c)) {
            RL_ASSERT(m.effect($) == 1);
        }
    }
};

/* --- callbacks --- */

/* The target's end queues and runs the callback, which another thread removes. */
struct callback_removed : rl::test_suite<callback_removed, 2> {
    weak_model m;
    uint32_t answer;
    void before() {
        m.begin_weak(0, 1, TARN__MERGED, 1);
        m.weak_control = static_cast<control *>(tarn__control_find(&m.cell));
    }
    void after() {
        bool removed = answer == TARN_CALLBACK_ARMED || answer == TARN_CALLBACK_QUEUED;
        RL_ASSERT(m.calls == (removed ? 0 : 1));
        m.drop_weak();
        m.end_weak();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.drop(OTHER);
            m.run_pending();
        } else {
            answer = tarn__callback_remove(&m.hook);
            if (answer == TARN_CALLBACK_RAN)
                RL_ASSERT(m.effect($) == 1);
        }
    }
};

/* The runner is not the thread whose drop queued it, and removes it afterwards. */
struct callback_queued : rl::test_suite<callback_queued, 2> {
    weak_model m;
    void before() {
        m.begin_weak(0, 1, TARN__MERGED, 1);
        m.weak_control = static_cast<control *>(tarn__control_find(&m.cell));
    }
    void after() {
        m.run_pending();
        m.drop_weak();
        m.end_weak();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.effect($) = 2; /* what the target's last holder did */
            m.drop(OTHER);
        } else {
            m.run_pending();
            tarn__callback_remove(&m.hook);
        }
    }
};

/* The weak reference dies as its target does: the list must not show the dead. */
struct callback_dies : rl::test_suite<callback_dies, 2> {
    weak_model m;
    void before() {
        m.begin_weak(0, 1, TARN__MERGED, 1);
        m.weak_control = static_cast<control *>(tarn__control_find(&m.cell));
    }
    void after() {
        m.run_pending();
        m.end_weak();
    }
    void thread(unsigned i) {
        if (i == 0)
            m.drop(OTHER);
        else
            m.drop_weak();
    }
};

/* One drops the target, one runs what is queued, one removes it. */
struct callback_parties : rl::test_suite<callback_parties, 3> {
    weak_model m;
    uint32_t answer;
    void before() {
        m.begin_weak(0, 1, TARN__MERGED, 1);
        m.weak_control = static_cast<control *>(tarn__control_find(&m.cell));
    }
    void after() {
        m.run_pending();
        bool removed = answer == TARN_CALLBACK_ARMED || answer == TARN_CALLBACK_QUEUED;
        RL_ASSERT(m.calls == (removed ? 0 : 1));
        m.drop_weak();
        m.end_weak();
    }
    void thread(unsigned i) {
        if (i == 0)
            m.drop(OTHER);
        else if (i == 1)
            m.run_pending();
        else
            answer = tarn__callback_remove(&m.hook);
    }
};

#endif
