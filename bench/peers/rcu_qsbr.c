/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* RCU by hand, with quiescent states: the fastest there is for readers. */
#define URCU_API_MAP
#include <urcu/urcu-qsbr.h>

#define RCU_NAME(thing) peer_##thing##_qsbr
#define RCU_LABEL "RCU (qsbr) + fetch_add by hand"
#define RCU_QUIESCENT 1

/* What has been retired is freed before the next contender begins. */
static void settle(void) {
    rcu_thread_offline();
    rcu_barrier();
    rcu_thread_online();
}

#include "rcu_hand.h"
