/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Litmus tests of weak references: upgrades, controls, callbacks. */
#ifndef TARN_MODELS_RELACY_LITMUS_WEAK_H
#define TARN_MODELS_RELACY_LITMUS_WEAK_H

#include "litmus.h"

/* The last reference goes while the other upgrades.
 * Read: the drop's outcome; the upgrade: 0 NULL, 1 refused, 2 got it. */
TABLE(litmus_upgrade){
    {{TARN_DROP_DEAD, 0}, ALLOWED, "after the target's end", false},
    {{TARN_DROP_DEAD, 1}, ALLOWED, "between death and end", false},
    {{TARN_DROP_LIVE, 2}, ALLOWED, "in time", false},
    {{TARN_DROP_DEAD, 2}, FORBIDDEN, "a reference to a dead target", false},
    {{TARN_DROP_LIVE, 0}, FORBIDDEN, "NULL while the target lives", false},
    {{TARN_DROP_LIVE, 1}, FORBIDDEN, "refused while the target lives", false},
};

struct litmus_upgrade : rl::test_suite<litmus_upgrade, 2> {
    thing t;
    tarn_control control;
    int outcome, got;
    void before() {
        t.begin(0, 1, TARN__MERGED | TARN__WEAK);
        tarn__control_init(&control, &t.o);
    }
    void thread(unsigned i) {
        if (i == 0) {
            outcome = tarn__count_foreign_decref(&t.o, 0);
            if (outcome == TARN_DROP_DEAD)
                tarn__control_clear(&control);
        } else {
            tarn_object *target = tarn__control_target(&control);
            got = !target ? 0 : tarn__count_try_incref(target) ? 2 : 1;
        }
    }
    void after() {
        note(litmus_upgrade_table, outcome, got);
    }
};

/* A write, then the target's end; a look for the target, then a read.
 * Read: whether it is there, the write. */
TABLE(litmus_gone){
    {{1, 0}, ALLOWED, "before", false},
    {{1, 1}, ALLOWED, "before the end, after the write", false},
    {{0, 1}, ALLOWED, "gone, with all that came before", false},
    {{0, 0}, FORBIDDEN, "gone, and what came before is not seen", false},
};

struct litmus_gone : rl::test_suite<litmus_gone, 2> {
    thing t;
    tarn_control control;
    cell written;
    int there, sees;
    void before() {
        t.begin(0, 1, TARN__MERGED | TARN__WEAK);
        tarn__control_init(&control, &t.o);
        tarn__store(&written, 0, relaxed);
    }
    void thread(unsigned i) {
        if (i == 0) {
            tarn__store(&written, 1, relaxed);
            tarn__control_clear(&control);
        } else {
            there = tarn__control_target(&control) != 0;
            sees = tarn__load(&written, relaxed);
        }
    }
    void after() {
        note(litmus_gone_table, there, sees);
    }
};

/* Both make a control. Read: who made the one that counts, what the other sees of its
 * content. */
TABLE(litmus_control){
    {{0, 1}, ALLOWED, "the first's", false},
    {{1, 1}, ALLOWED, "the second's", false},
    {{0, 0}, FORBIDDEN, "the first's, without its content", false},
    {{1, 0}, FORBIDDEN, "the second's, without its content", false},
    {{2, 1}, FORBIDDEN, "two controls", false},
};

struct litmus_control : rl::test_suite<litmus_control, 2> {
    TARN__ATOMIC(tarn_control *) home;
    tarn_control made[2];
    cell content[2];
    tarn_control *has[2];
    int sees[2];
    void before() {
        tarn__store(&home, (tarn_control *)0, relaxed);
        tarn__store(&content[0], 0, relaxed);
        tarn__store(&content[1], 0, relaxed);
    }
    void thread(unsigned i) {
        tarn_control *found = tarn__control_find(&home);
        if (!found) {
            tarn__store(&content[i], 1, relaxed);
            if (tarn__control_publish(&home, &found, &made[i]))
                found = &made[i];
        }
        has[i] = found;
        sees[i] = tarn__load(&content[found == &made[1]], relaxed);
    }
    void after() {
        note(litmus_control_table, has[0] != has[1] ? 2 : has[0] == &made[1], sees[0] && sees[1]);
    }
};

/* Two put a control that has two references, each after a write.
 * Read: who was last, what it sees of the other's. */
TABLE(litmus_put){
    {{0, 1}, ALLOWED, "the first", false},
    {{1, 1}, ALLOWED, "the second", false},
    {{0, 0}, FORBIDDEN, "the first, not having seen the write", false},
    {{1, 0}, FORBIDDEN, "the second, not having seen the write", false},
    {{2, 1}, FORBIDDEN, "both", false},
    {{3, 1}, FORBIDDEN, "nobody", false},
};

struct litmus_put : rl::test_suite<litmus_put, 2> {
    tarn_control control;
    cell written[2];
    bool last[2];
    int sees;
    void before() {
        tarn__control_init(&control, (tarn_object *)0);
        tarn__control_hold(&control);
        tarn__store(&written[0], 0, relaxed);
        tarn__store(&written[1], 0, relaxed);
        sees = 1;
    }
    void thread(unsigned i) {
        tarn__store(&written[i], 1, relaxed);
        last[i] = tarn__control_put(&control);
        if (last[i])
            sees = tarn__load(&written[1 - i], relaxed);
    }
    void after() {
        note(litmus_put_table, last[0] && last[1] ? 2 : !last[0] && !last[1] ? 3 : last[1], sees);
    }
};

/* The target's end queues a callback and runs it; the other removes it.
 * Read: what the removal found, whether it ran, what the remover sees of its effect. */
TABLE(litmus_removal){
    {{TARN_CALLBACK_ARMED, 0, 0}, ALLOWED, "removed before it was queued", false},
    {{TARN_CALLBACK_QUEUED, 0, 0}, ALLOWED, "removed from the queue", false},
    {{TARN_CALLBACK_RUNNING, 1, 0}, ALLOWED, "it is running", false},
    {{TARN_CALLBACK_RUNNING, 1, 1}, ALLOWED, "it is running, nearly done", false},
    {{TARN_CALLBACK_RAN, 1, 1}, ALLOWED, "it ran, and that is seen", false},
    {{TARN_CALLBACK_RAN, 1, 0}, FORBIDDEN, "it ran, and that is not seen", false},
    {{TARN_CALLBACK_ARMED, 1, 0}, FORBIDDEN, "removed, and it ran", false},
    {{TARN_CALLBACK_QUEUED, 1, 0}, FORBIDDEN, "removed, and it ran", false},
    {{TARN_CALLBACK_RAN, 0, 0}, FORBIDDEN, "ran, they say, and it did not", false},
};

struct litmus_removal : rl::test_suite<litmus_removal, 2> {
    tarn_callback hook;
    cell effect;
    int ran, found, sees;
    void before() {
        tarn__callback_arm(&hook);
        tarn__store(&effect, 0, relaxed);
        ran = 0;
    }
    void thread(unsigned i) {
        if (i == 1) {
            found = (int)tarn__callback_remove(&hook);
            sees = tarn__load(&effect, relaxed);
            return;
        }
        if (tarn__callback_is_armed(&hook))
            tarn__callback_queue(&hook);
        if (tarn__callback_begin(&hook)) {
            ran++;
            tarn__store(&effect, 1, relaxed);
            tarn__callback_end(&hook);
        }
    }
    void after() {
        note(litmus_removal_table, found, ran, sees);
    }
};

/* A write, then the callback is queued; its runner begins, then reads.
 * Read: whether it began, the write. */
TABLE(litmus_runner){
    {{0, 0}, ALLOWED, "too early", false},
    {{0, 1}, ALLOWED, "too early for the queue", false},
    {{1, 1}, ALLOWED, "it runs, and sees what came before", false},
    {{1, 0}, FORBIDDEN, "it runs, and does not see what came before", false},
};

struct litmus_runner : rl::test_suite<litmus_runner, 2> {
    tarn_callback hook;
    cell written;
    int began, sees;
    void before() {
        tarn__callback_arm(&hook);
        tarn__store(&written, 0, relaxed);
    }
    void thread(unsigned i) {
        if (i == 0) {
            tarn__store(&written, 1, relaxed);
            tarn__callback_queue(&hook);
        } else {
            began = tarn__callback_begin(&hook);
            sees = tarn__load(&written, relaxed);
        }
    }
    void after() {
        note(litmus_runner_table, began, sees);
    }
};

/* A write, then a removal; the runner, who finds it removed, then reads. What follows
 * a removal that the runner has seen is not promised: it does nothing.
 * Read: whether it began, what the removal found. */
TABLE(litmus_unqueue){
    {{0, TARN_CALLBACK_QUEUED}, ALLOWED, "removed in time", false},
    {{1, TARN_CALLBACK_RUNNING}, ALLOWED, "too late", false},
    {{1, TARN_CALLBACK_QUEUED}, FORBIDDEN, "removed, and it runs", false},
    {{0, TARN_CALLBACK_RUNNING}, FORBIDDEN, "it is running, they say", false},
};

struct litmus_unqueue : rl::test_suite<litmus_unqueue, 2> {
    tarn_callback hook;
    int began, found;
    void before() {
        tarn__callback_arm(&hook);
        tarn__callback_queue(&hook);
    }
    void thread(unsigned i) {
        if (i == 0)
            began = tarn__callback_begin(&hook);
        else
            found = (int)tarn__callback_remove(&hook);
    }
    void after() {
        note(litmus_unqueue_table, began, found);
    }
};

#endif
