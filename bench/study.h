/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The study of allocators: every case, run by every contender, round by round.
 *
 *   case       a work with a size, and the group that targets name
 *   round      every contender once, in turn; ratios are taken within a round
 */
#ifndef BENCH_STUDY_H
#define BENCH_STUDY_H

#include "harness.h"
#include "worker.h"

#define CASES_MAX 64
#define CONTENDERS 7

/* Ours first: verdicts are on the first two. */
enum { WHO_RAW, WHO_FRONT, WHO_OBJECT, WHO_PEERS, WHO_MIMALLOC = WHO_PEERS + 1 };

struct study_case {
    const char *group;
    const char *work;
    size_t size;
    const char *what;
    bool objects; /* tarn_new can do it */
    bool memory;  /* resident memory is part of the result */
};

struct study {
    unsigned rounds;
    unsigned cases;
    struct study_case list[CASES_MAX];
    struct contender who[CONTENDERS];
    bool present[CASES_MAX][CONTENDERS]; /* and every round succeeded */
    struct figures at[CASES_MAX][CONTENDERS][ROUNDS_MAX];
};

/* What a target is about. */
enum quantity { TIME, PEAK_OVER_LIVE, RSS_OVER_LIVE, RSS_OVER_PEAK, GROWTH, SCALING, CEILING };

double study_value(const struct study *s, unsigned c, unsigned who, unsigned round,
                   enum quantity quantity);

/* The median over the rounds. */
double study_median(const struct study *s, unsigned c, unsigned who, enum quantity quantity);

/* The peer with the least median, or -1 if none is present. */
int study_best_peer(const struct study *s, unsigned c, enum quantity quantity);

/* Prints the targets: measured, spread, met or missed. */
void study_judge(const struct study *s);

#endif
