/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Workers: threads that do random actions until the round is over.
 *
 * A worker owns the references in `held` and checks each object in the books as
 * it gets it and as it lets it go. Choices depend on the seed alone, never on
 * an address or the time, so that a schedule replays.
 */
#include <errno.h>

#include "stress.h"

#define CHOICES_MAX 1024

stress_flag round_over;

static const struct action *choices[CHOICES_MAX];
static unsigned choice_count;

uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t random_below(uint64_t *state, uint64_t bound) {
    return random_next(state) % bound;
}

bool chance(struct worker *w, unsigned percent) {
    return random_below(&w->random, 100) < percent;
}

/* ------------------------------------------------------------ references ---- */

struct item *held_any(struct worker *w) {
    return w->held_count ? w->held[random_below(&w->random, w->held_count)] : NULL;
}

void *held_remove(struct worker *w, unsigned at) {
    void *object = w->held[at];
    w->held[at] = w->held[--w->held_count];
    shadow_check(object, "held");
    return object;
}

void held_add(struct worker *w, void *object) {
    shadow_check(object, "received");
    if (w->held_count == HELD_MAX)
        tarn_decref(held_remove(w, (unsigned)random_below(&w->random, HELD_MAX)));
    w->held[w->held_count++] = object;
}

void held_drop_all(struct worker *w) {
    while (w->held_count)
        tarn_decref(held_remove(w, w->held_count - 1));
    while (w->weak_count)
        tarn_decref(w->weaks[--w->weak_count].weak);
}

struct place *place_any(struct worker *w) {
    return &places[random_below(&w->random, place_count)];
}

/* ---------------------------------------------------------------- choice ---- */

static void add_choices(const struct action *actions, unsigned groups) {
    for (const struct action *a = actions; a->name; a++)
        for (unsigned i = 0; i < a->weight && (a->groups & groups); i++)
            if (choice_count < CHOICES_MAX)
                choices[choice_count++] = a;
}

void workers_prepare(unsigned groups) {
    choice_count = 0;
    add_choices(object_actions, groups);
    add_choices(slot_actions, groups);
    add_choices(weak_actions, groups);
    add_choices(heap_actions, groups);
    add_choices(thread_actions, groups);
    add_choices(memory_actions, groups);
}

static bool is_over(struct worker *w) {
    /* relaxed: nothing depends on how soon it is seen. */
    if (tarn__load(&round_over, relaxed))
        return true;
    return settings.ops && w->ops-- == 0;
}

static void act(struct worker *w) {
    const struct action *action = choices[random_below(&w->random, choice_count)];
    w->doing = action->name;
    errno = 12345;
    action->run(w);
    w->doing = "safepoint";
    errno = 12345;
    tarn_safepoint();
    if (errno != 12345)
        fault("a safepoint changes errno to %d", errno);
}

void worker_run(void *arg) {
    struct worker *w = arg;
    w->doing = "attach";
    int error = tarn_thread_attach(w->place->heap);
    if (error != 0) {
        fault("attach: %d", error);
        return;
    }
    while (!is_over(w))
        act(w);
    w->doing = "drop all";
    held_drop_all(w);
    w->doing = "detach";
    if (w->leaves && chance(w, 50))
        tarn_blocking_begin();
    if (!w->leaves && (error = tarn_thread_detach()) != 0)
        fault("detach: %d", error);
    w->doing = "nothing";
}
