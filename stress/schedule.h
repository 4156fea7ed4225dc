/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the scenarios of tarn-stress --schedules share.
 *
 * A scenario runs in turns. In each turn every party calls its function once;
 * they meet before it, and inside it where a check needs them at rest. Waiting
 * keeps a party's priority, so that the next change of priority still cuts.
 */
#ifndef STRESS_SCHEDULE_H
#define STRESS_SCHEDULE_H

#include "os/sched.h"
#include "stress.h"

#define PARTIES 3
#define TURNS 4

typedef void (*scenario_party)(struct place *place, unsigned party);

struct scenario {
    const char *name;
    unsigned turns;
    enum tarn_dispatch dispatch;
    scenario_party prepare; /* attached, before the parties start */
    scenario_party parties[PARTIES];
};

/* Tables that a NULL name ends. */
extern const struct scenario count_scenarios[];
extern const struct scenario owner_scenarios[];
extern const struct scenario slot_scenarios[];
extern const struct scenario weak_scenarios[];
extern const struct scenario world_scenarios[];
extern const struct scenario collector_scenarios[];
extern const struct scenario memory_scenarios[];

/* The turn that the party is in, from 0; and a draw of its own. */
unsigned turn_of(unsigned party);
bool coin(unsigned party);

/* A safepoint; every other time the others come first. */
void take_breath(unsigned party);

/* Waits until all parties are here. The second form waits in a blocking region:
 * for scenarios in which the world stops. */
void meet(void);
void meet_blocking(void);

/* References and raw blocks handed from party to party. */
void put(struct place *place, unsigned box, void *object);
void *take(struct place *place, unsigned box);

/* Checks that what the caller holds is alive, then drops it; NULL is allowed. */
void drop(void *object, const char *where);

/* Faults unless the object's count is as given, and unless it was destroyed. */
void expect_count(void *object, ptrdiff_t count, const char *where);
void expect_destroyed(uint64_t id, const char *where);

static inline struct tarn_slot *root(struct place *place, unsigned i) {
    return &place->roots[i];
}

#endif
