/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* See thread/service.h. The request word is a futex: a kick between two looks
 * is never lost, and kicks while a turn runs coalesce into one more turn. */
#include "thread/service.h"

#include <limits.h>

#include "os/clock.h"
#include "os/futex.h"

#define KICK 1u
#define QUIT 2u

static void serve(struct tarn_service *service, struct tarn_seat *seat) {
    tarn__seat_block(seat);
    for (;;) {
        /* acquire: pairs with the release in tarn__service_kick(). */
        uint32_t word = tarn__exchange(&service->word, 0, acq_rel);
        if (word & QUIT)
            break;
        if (word & KICK)
            service->turn(service, seat);
        else
            tarn__futex_wait(&service->word.value, 0, 0);
    }
    tarn__seat_unblock(seat);
}

static void body(void *arg) {
    struct tarn_service *service = arg;
    tarn__seat_attach_reserved(service->seat);
    serve(service, service->seat);
    tarn__seat_detach(service->seat);
}

int tarn__service_start(struct tarn_service *service) {
    uint32_t none = 0;
    /* acq_rel: one starter; pairs with itself and tarn__service_stop(). */
    if (!tarn__cas(&service->started, &none, 1, acq_rel, acquire))
        return 0;
    int error = service->seat ? 0 : tarn__seat_reserve(service->world, &service->seat);
    if (error == 0)
        error = tarn__os_thread_start(&service->thread, service->name, body, service);
    if (error != 0)
        /* release: lets the next kick try again. */
        tarn__store(&service->started, 0, release);
    return error;
}

void tarn__service_kick(struct tarn_service *service) {
    /* relaxed: after a fork only; the compare-and-swap in the start decides. */
    if (tarn__unlikely(!tarn__load(&service->started, relaxed)))
        (void)tarn__service_start(service);
    /* acq_rel: pairs with the acquire in serve(); what the kicker prepared is
     * visible to the turn. */
    if (!(tarn__fetch_or(&service->word, KICK, acq_rel) & KICK))
        tarn__futex_wake(&service->word.value, INT_MAX);
}

bool tarn__service_rest(struct tarn_service *service, uint64_t ns) {
    uint64_t end = tarn__clock_ns() + ns;
    for (;;) {
        /* relaxed: a look; serve() takes the request. */
        if (tarn__load(&service->word, relaxed))
            return false;
        uint64_t now = tarn__clock_ns();
        if (now >= end)
            return true;
        tarn__futex_wait(&service->word.value, 0, end - now);
    }
}

static void end_thread(struct tarn_service *service) {
    /* acq_rel: as in tarn__service_kick(). */
    tarn__fetch_or(&service->word, QUIT, acq_rel);
    tarn__futex_wake(&service->word.value, INT_MAX);
    tarn__os_thread_join(&service->thread);
    /* relaxed: the thread is gone. */
    tarn__store(&service->started, 0, relaxed);
    tarn__store(&service->word, 0, relaxed);
}

void tarn__service_stop(struct tarn_service *service) {
    /* acquire: pairs with the starter's compare-and-swap. */
    if (tarn__load(&service->started, acquire))
        end_thread(service);
    if (service->seat)
        tarn__seat_unreserve(service->seat);
    service->seat = NULL;
}

void tarn__service_forget(struct tarn_service *service) {
    if (service->seat && service->seat == tarn__seat_held())
        return;
    /* relaxed: the child of a fork has one thread. */
    tarn__store(&service->started, 0, relaxed);
}
