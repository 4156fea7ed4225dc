/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Numbers of seats, unique in the process: they stand in object headers. */
#ifndef TARN_THREAD_SEAT_ID_H
#define TARN_THREAD_SEAT_ID_H

#include <stdint.h>

/* A free number from 1 to 65534, or 0. */
uint32_t tarn__seat_id_take(void);
void tarn__seat_id_give(uint32_t id);

/* Around a fork. */
void tarn__seat_ids_lock(void);
void tarn__seat_ids_unlock(void);

#endif
