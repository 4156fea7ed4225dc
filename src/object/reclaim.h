/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The turns of a heap's own threads. */
#ifndef TARN_OBJECT_RECLAIM_H
#define TARN_OBJECT_RECLAIM_H

#include "object/heap.h"

/* Reclaimer: one grace period, then whatever was handed over. */
void tarn__reclaimer_turn(struct tarn_service *service, struct tarn_seat *seat);

/* Finalizer thread: runs the user code that waits. */
void tarn__finalizer_turn(struct tarn_service *service, struct tarn_seat *seat);

#endif
