/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* RCU by hand, in the flavour that libraries take. */
#define URCU_API_MAP
#include <urcu/urcu-bp.h>

#define RCU_NAME(thing) peer_##thing##_bp
#define RCU_LABEL "RCU (bp) + fetch_add by hand"

/* What has been retired is freed before the next contender begins. */
static void settle(void) {
    rcu_barrier();
}

#include "rcu_hand.h"
