/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Stopping the world: docs/memory-model.md [SP-1] to [SP-6].
 *
 * N threads, one seat each, all alike. A thread attaches (its seat is made the
 * first time), and while it runs passes safepoints, blocks, claims seats that do
 * not run, stops the world and starts it, and detaches. A seat's state word is
 * three variables that change in one step, as its compare-and-swap does. Each
 * step of src/thread/ that another thread can see is a step here, wake-ups
 * included: a sleeper stays asleep until somebody wakes it. The code is one
 * loop with labels, because every copy of an inlined wait multiplies the states.
 *
 * Asserted: while a stopper believes that the world stands no other seat is
 * RUNNING or CLAIMED and none becomes RUNNING; nobody but the claimer has a
 * claimed seat; acknowledgements end at 0. Any stuck thread is an invalid end
 * state, for the others may leave. Liveness, for the thread WHO (-DWHO=n):
 *   gets_running   who wants RUNNING gets it
 *   gets_world     who wants the world gets it
 *   stop_ends      a stop that has begun is reached
 *
 * -DBUG=n plants the bug that the comment beside BUG == n names.
 */
#ifndef N
#define N 3
#endif
#ifndef BUG
#define BUG 0
#endif
#ifndef WHO
#define WHO 0
#endif

#define RUNNING 0
#define PARKED 1
#define BLOCKING 2
#define CLAIMED 3
#define VACANT 4

#define NOBODY 255

byte state[N] = VACANT; /* the state word: bits 0-2 */
bit stop[N];            /* STOP */
bit want[N];            /* WANT */
bit made[N];            /* the seat is on the list */
bit asleep[N];          /* sleeps on its state word */
byte claimer[N] = NOBODY;

bit seats_lock;
bit world_stopped; /* under seats_lock */
short outstanding; /* acknowledgements owed */
bit stopper_asleep;

byte place[N]; /* in the queue for the world: 1 is served, 0 does not wait */
byte queued;
bit queue_asleep[N];
#if BUG == 10
bit taken;
#endif

byte believes = NOBODY; /* who has the world, from reached to the start */

byte phase[N]; /* what a thread is after, for the formulas */
#define AFTER_RUNNING 1
#define STOPPING 2

/* Somebody makes the seat run: what must hold then. */
#define CHECK_RUNS(s) assert((believes == NOBODY || believes == s) && claimer[s] == NOBODY)

/* tarn__seat_acknowledge() */
inline acknowledge() {
    atomic { outstanding--; wake = (outstanding == 0) }
    atomic {
        if
        :: wake -> stopper_asleep = 0; wake = 0
        :: else
        fi
    }
}

/* take_world(): arrival */
inline queue_up() {
#if BUG == 10
    place[me] = 1
#else
    atomic { queued++; place[me] = queued }
#endif
}

/* tarn__world_start(): the next in the queue is served, all look */
inline give_world() {
    atomic {
#if BUG == 10
        taken = 0;
        i = N;
#endif
        do
        :: i < N ->
            if
            :: place[i] -> place[i]--
            :: else
            fi;
            i++
        :: else -> i = 0; break
        od;
#if BUG != 10
        queued--
#endif
    }
    atomic {
        do
        :: i < N -> queue_asleep[i] = 0; i++
        :: else -> i = 0; break
        od
    }
}

proctype mutator(byte me) {
    byte i, from, found;
    short owed;
    bit owes, wake, want_world, has_world;

unattached:
    if
    :: true -> goto done
    :: true
    fi;

    /* tarn__seat_attach() */
    if
    :: made[me]
    :: else ->
        atomic { seats_lock == 0 -> seats_lock = 1 }
        atomic {
#if BUG != 1 /* a seat made while the world stands is born without STOP */
            stop[me] = world_stopped;
#endif
            made[me] = 1;
            seats_lock = 0
        }
    fi;

enter: /* tarn__seat_enter() */
    atomic {
        phase[me] = AFTER_RUNNING;
        if
#if BUG == 2 /* leaving a blocking region does not look for a stop */
        :: state[me] == CLAIMED
#elif BUG == 3 /* the seat is taken under a claim */
        :: stop[me]
#else
        :: stop[me] || state[me] == CLAIMED
#endif
           -> want[me] = 1
        :: else -> state[me] = RUNNING; CHECK_RUNS(me)
        fi
    }

sleep: /* tarn__seat_wait_running(): the kernel compares the word again */
    do
    :: atomic { state[me] == RUNNING -> phase[me] = 0; break }
    :: atomic { else ->
#if BUG == 4 /* asleep without comparing the word again */
            skip
        }
        atomic {
            skip;
#endif
#if BUG == 5 /* the start only wakes: the sleeper makes itself RUNNING */
            if
            :: !stop[me] && state[me] != CLAIMED -> want[me] = 0; state[me] = RUNNING
            :: else -> asleep[me] = 1
            fi
#else
            asleep[me] = 1
#endif
        }
        asleep[me] == 0
    od;

running: /* tarn__safepoint_slow() */
    atomic {
        if
        :: !stop[me] -> goto polled
        :: else -> state[me] = PARKED; want[me] = 1; phase[me] = AFTER_RUNNING
        fi
    }
#if BUG == 6 /* a parked seat acknowledges twice */
    acknowledge();
#endif
    acknowledge();
    goto sleep;

polled:
    if
    :: want_world -> goto take
    :: else
    fi;
    if
    :: true -> from = BLOCKING; goto leave
    :: true -> from = VACANT; goto leave
    :: true -> goto claim
    :: true -> want_world = 1; queue_up(); goto take
    fi;

leave: /* tarn__seat_leave() */
    atomic { owes = stop[me]; state[me] = from }
    if
    :: owes ->
        owes = 0;
#if BUG != 7 /* a seat that goes blocking under a stop does not acknowledge */
        acknowledge()
#endif
    :: else
    fi;
    if
    :: from == VACANT -> from = 0; goto unattached
    :: else -> from = 0
    fi;
asleep_for_world:
    if
    :: want_world ->
        /* wait_for_holder(): the kernel compares `serving` */
        atomic {
            if
#if BUG == 10
            :: taken -> queue_asleep[me] = 1
#else
            :: place[me] == found -> queue_asleep[me] = 1
#endif
            :: else
            fi;
            found = 0
        }
#if BUG == 13 /* who waits for the world stays RUNNING */
        queue_asleep[me] == 0;
        goto take
#else
        queue_asleep[me] == 0
#endif
    :: else
    fi;
    goto enter;

claim: /* tarn__seat_claim() */
    atomic {
        select(i : 0 .. N - 1);
        if
        /* BUG == 14: a seat is claimed though its thread waits to run */
        :: i != me && made[i] && (state[i] == BLOCKING || state[i] == VACANT) &&
            (!want[i] || BUG == 14) ->
            from = state[i];
            state[i] = CLAIMED;
            assert(claimer[i] == NOBODY);
            claimer[i] = me
        :: else -> i = 0; goto claimed
        fi
    }
    /* tarn__seat_unclaim() */
    atomic {
        assert(claimer[i] == me && state[i] == CLAIMED);
        claimer[i] = NOBODY;
#if BUG == 8 /* the end of a claim does not look for a stop */
        wake = want[i];
#elif BUG == 9 /* the end of a claim does not look for a waiting thread */
        wake = 0;
#else
        wake = want[i] && !stop[i];
#endif
        if
        :: wake -> want[i] = 0; state[i] = RUNNING; CHECK_RUNS(i)
        :: else -> state[i] = from
        fi;
        from = 0
    }
    atomic {
        if
        :: wake -> asleep[i] = 0; wake = 0
        :: else
        fi;
        i = 0
    }
claimed:
    if
    :: has_world -> goto start
    :: else -> goto running
    fi;

take: /* take_world() */
    atomic {
        if
#if BUG == 10 /* whoever comes first takes the world: no queue */
        :: !taken -> taken = 1; place[me] = 0; phase[me] = STOPPING
#else
        :: place[me] == 1 -> phase[me] = STOPPING
#endif
        :: else ->
            found = place[me];
#if BUG == 13
            goto asleep_for_world
#else
            from = PARKED;
            goto leave
#endif
        fi
    }

    /* mark_seats() */
    atomic { seats_lock == 0 -> seats_lock = 1; want_world = 0; has_world = 1; world_stopped = 1 }
    do
    :: atomic { i < N ->
            if
            :: i != me && made[i] ->
#if BUG == 11 /* a seat that is blocking counts as owing too */
                owed = owed + (state[i] == RUNNING || state[i] == BLOCKING);
#else
                owed = owed + (state[i] == RUNNING);
#endif
                stop[i] = 1
            :: else
            fi;
            i++
        }
    :: atomic { else -> i = 0; seats_lock = 0; break }
    od;
#if BUG == 12 /* the number owed is stored, over what was paid during the scan */
    atomic { outstanding = owed; owed = 0 }
#else
    atomic { outstanding = outstanding + owed; owed = 0 }
#endif

    /* wait_for_acknowledgements() */
    do
    :: atomic { outstanding == 0 -> break }
    :: atomic { else -> stopper_asleep = 1 }
        stopper_asleep == 0
    od;
    atomic {
        believes = me;
        phase[me] = 0;
        do
        :: i < N ->
            assert(i == me || (state[i] != RUNNING && state[i] != CLAIMED));
            i++
        :: else -> i = 0; break
        od
    }
    if
    :: true -> goto claim
    :: true
    fi;

start: /* tarn__world_start() */
    atomic { assert(outstanding == 0 && believes == me); believes = NOBODY; has_world = 0 }
    atomic { seats_lock == 0 -> seats_lock = 1; world_stopped = 0 }
    do
    :: atomic { i < N ->
            if
            :: i != me && made[i] ->
                wake = want[i] && state[i] != CLAIMED;
                stop[i] = 0;
#if BUG != 5
                if
                :: wake -> want[i] = 0; state[i] = RUNNING; CHECK_RUNS(i)
                :: else
                fi
#endif
            :: else
            fi
        }
        atomic {
            if
            :: wake -> asleep[i] = 0; wake = 0
            :: else
            fi;
            i++
        }
    :: atomic { else -> i = 0; seats_lock = 0; break }
    od;
    give_world();
    goto running;

done:
    skip
}

init {
    byte i;
    atomic {
        do
        :: i < N -> run mutator(i); i++
        :: else -> break
        od
    }
}

#ifdef LIVE
ltl gets_running { [] (phase[WHO] == AFTER_RUNNING -> <> (state[WHO] == RUNNING)) }
ltl gets_world { [] (place[WHO] > 0 -> <> (place[WHO] == 0)) }
ltl stop_ends { [] (phase[WHO] == STOPPING -> <> (believes == WHO)) }
#endif
