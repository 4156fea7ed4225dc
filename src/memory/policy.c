/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * See memory/policy.h. A process that makes no call sets the policy by environment
 * variables, which a constructor reads: so they also serve a preloaded malloc.
 *
 *   TARN_PURGE_DELAY  milliseconds; -1: never
 *   TARN_HUGE_PAGES   1: transparent huge pages
 */
#include "memory/policy.h"

#include <stdlib.h>

#include "base/atomic.h"
#include "os/env.h"

#define DEFAULT_DELAY_NS ((uint64_t)1000 * 1000000)

/* relaxed throughout: settings and a sum order nothing. */
static TARN__ATOMIC(uint64_t) purge_delay = {DEFAULT_DELAY_NS};
static TARN__ATOMIC(uint32_t) huge_pages;
static TARN__ATOMIC(size_t) soft_limit;
static TARN__ATOMIC(size_t) hard_limit;
static TARN__ATOMIC(size_t) held;

uint64_t tarn__policy_purge_delay_ns(void) {
    return tarn__policy_is_pressed() ? 0 : tarn__load(&purge_delay, relaxed);
}

bool tarn__policy_huge_pages(void) {
    return tarn__load(&huge_pages, relaxed) != 0;
}

void tarn__policy_set_purge_delay(int64_t milliseconds) {
    uint64_t ns = milliseconds < 0 ? UINT64_MAX : (uint64_t)milliseconds * 1000000;
    tarn__store(&purge_delay, ns, relaxed);
}

void tarn__policy_set_huge_pages(bool wanted) {
    tarn__store(&huge_pages, wanted, relaxed);
}

void tarn__policy_set_limits(size_t soft, size_t hard) {
    tarn__store(&soft_limit, soft, relaxed);
    tarn__store(&hard_limit, hard, relaxed);
}

bool tarn__policy_take(size_t bytes) {
    size_t most = tarn__load(&hard_limit, relaxed);
    size_t now = tarn__fetch_add(&held, bytes, relaxed) + bytes;
    if (tarn__likely(most == 0 || now <= most))
        return true;
    tarn__fetch_sub(&held, bytes, relaxed);
    return false;
}

void tarn__policy_give(size_t bytes) {
    tarn__fetch_sub(&held, bytes, relaxed);
}

size_t tarn__policy_held(void) {
    return tarn__load(&held, relaxed);
}

bool tarn__policy_is_pressed(void) {
    size_t soft = tarn__load(&soft_limit, relaxed);
    return soft != 0 && tarn__load(&held, relaxed) > soft;
}

__attribute__((constructor(101))) static void read_environment(void) {
    char value[24];
    if (tarn__os_env("TARN_PURGE_DELAY", value, sizeof value) && *value)
        tarn__policy_set_purge_delay(strtol(value, NULL, 10));
    if (tarn__os_env("TARN_HUGE_PAGES", value, sizeof value))
        tarn__policy_set_huge_pages(*value == '1');
}
