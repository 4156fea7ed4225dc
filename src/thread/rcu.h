/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Read sections and grace periods: the one door to liburcu.
 *
 * Flavour: liburcu-bp, made for libraries: it registers threads by itself,
 * prunes the dead after a fork, and nests inside sections of the host's own.
 * A read section belongs to the calling thread; `section` is the seat's word
 * that ThreadSanitizer (which cannot see liburcu's fences) and the schedule
 * baton (which cannot let liburcu sleep) are told about.
 */
#ifndef TARN_THREAD_RCU_H
#define TARN_THREAD_RCU_H

#include <stdbool.h>

#include "base/atomic.h"

struct tarn_seat;
struct tarn_world;

/* Opens and closes the calling thread's section. Neither blocks nor fails. */
void tarn__rcu_enter(struct tarn_seat *seat);
void tarn__rcu_leave(struct tarn_seat *seat);

/* Whether a grace period waits, or soon will, for the calling thread's section to close:
 * it was opened before the last request, or before liburcu's counter last turned. */
bool tarn__rcu_is_old(const struct tarn_seat *seat);

/* In a thread that exits inside a section: opens it again if liburcu's own
 * destructor, which may run before the caller's, has closed it. */
void tarn__rcu_reopen(struct tarn_seat *seat);

/* Waits until every section of the world's seats open at the call has closed.
 * The caller is inside no section. May sleep for milliseconds. */
void tarn__rcu_synchronize(struct tarn_world *world);

/* liburcu's own part of a fork; the caller has every world stopped. */
void tarn__rcu_fork_prepare(void);
void tarn__rcu_fork_parent(void);
void tarn__rcu_fork_child(void);

#endif
