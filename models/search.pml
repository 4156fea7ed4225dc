/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A search for garbage beside running mutators, and the stops that judge what it
 * suspects: docs/design/collector.md [SUS-1] to [SUS-4].
 *
 * K objects with a field each, in every graph that there can be at the start, and M mutators
 * with two references each. A mutator reads and writes fields, drops what it has, makes
 * objects in blocks that are free, and may get object 0 back through a weak reference. An
 * object that loses its last reference dies and drops its field; then its block may be made
 * anew, while a search is on after a grace period. The collector goes through the objects
 * one by one: counts, references between them, what is held, which suspects belong
 * together; a stop for each group judges it on the counts of that moment. That a stop
 * stands is world.pml's: here it begins when every mutator is at a safepoint.
 *
 * Asserted: what is condemned is referred to by no mutator and by no object that lives on;
 * what the search reads is of the object that it saw alive; a weak reference gives no dead
 * object; no count goes below zero. And completeness: what was unreachable when the search
 * began, and was not got back through the weak reference, is dead when it ends.
 *
 * -DBUDGET=n: operations of each mutator. -DBUG=n plants the bug named beside BUG == n.
 */
#ifndef K
#define K 3
#endif
#ifndef M
#define M 2
#endif
#ifndef BUDGET
#define BUDGET 2
#endif
#ifndef BUG
#define BUG 0
#endif
#define NONE K

byte count[K];
byte field[K] = NONE;
bit dead[K]; /* and a free block, once its field is NONE */
bit made[K]; /* changes with each object that the block is made into */
bit weak;    /* the weak reference to object 0 holds */
bit upgraded;

byte a[M] = NONE, b[M] = NONE; /* the references of a mutator */
byte at_safepoint;
bit stopped;
bit section; /* the collector reads: no grace period passes */

bit garbage[K]; /* unreachable when the search began */
bit member[K];  /* counted; then: suspect */
short tally[K];
byte seen[K]; /* the count, as the search read it */
bit grey[K];
byte group[K];
bit convict[K];

/* A reference to o goes. o: what has died of it; NONE, if nothing. */
inline drop(o) {
    atomic {
        assert(count[o] > 0 && !dead[o]);
        count[o]--;
        if
        :: count[o] == 0 ->
            dead[o] = 1;
            if
            :: o == 0 -> weak = 0
            :: else
            fi
        :: else -> o = NONE
        fi
    }
}

/* The same, with all that dies of it. */
inline drop_all(o, t) {
    do
    :: o == NONE -> break
    :: else ->
        drop(o);
        if
        :: o == NONE
        :: else -> atomic { t = field[o]; field[o] = NONE; o = t; t = NONE }
        fi
    od
}

/* BUG 1: a block is made anew while the search reads what was in it. */
#define IS_FREE(o) (dead[o] && field[o] == NONE && !convict[o] && (!section || BUG == 1))

inline make(o) {
    dead[o] = 0;
    count[o] = 1;
    made[o] = 1 - made[o];
    garbage[o] = 0; /* of that nothing is left */
    a[me] = o
}

proctype mutator(byte me) {
    byte left = BUDGET, o = NONE, t = NONE;
    do
    :: left > 0 ->
        atomic { !stopped; at_safepoint--; left-- }
        if
        :: atomic { a[me] < K && b[me] == NONE && field[a[me]] < K ->
            b[me] = field[a[me]]; count[b[me]]++ }
        :: atomic { a[me] < K -> o = field[a[me]]; field[a[me]] = b[me]; b[me] = NONE }
            drop_all(o, t)
        :: atomic { a[me] < K -> o = a[me]; a[me] = b[me]; b[me] = NONE }
            drop_all(o, t)
        :: atomic { a[me] == NONE && IS_FREE(0) -> make(0) }
        :: atomic { a[me] == NONE && IS_FREE(1) -> make(1) }
        :: atomic { a[me] == NONE && weak ->
            assert(!dead[0]); count[0]++; a[me] = 0; upgraded = 1 }
        :: skip
        fi;
        at_safepoint++
    :: else -> break
    od
}

inline stop() {
    stopped = 1;
    at_safepoint == M
}

/* In one step each, with the world stopped, down to kill(). This one: what is reachable. */
inline mark_reachable() {
    i = 0;
    do
    :: i < M ->
        if
        :: a[i] < K -> garbage[a[i]] = 1
        :: else
        fi;
        if
        :: b[i] < K -> garbage[b[i]] = 1
        :: else
        fi;
        i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < K * K ->
        if
        :: garbage[i % K] && field[i % K] < K -> garbage[field[i % K]] = 1
        :: else
        fi;
        i++
    :: else -> i = 0; break
    od
}

/* What a stop does with the suspects of group g. */
inline judge(g) {
    i = 0;
    do
    :: i < K ->
        convict[i] = member[i] && group[i] == g && !dead[i];
        tally[i] = count[i];
#if BUG == 2
        tally[i] = seen[i]; /* BUG 2: the counts that the search read */
#endif
        i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < K ->
        if
        :: convict[i] && field[i] < K -> tally[field[i]]--
        :: else
        fi;
        i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < K * K ->
        o = i % K;
        if
        :: BUG == 3 /* BUG 3: no judgement, suspects are convicts */
        :: BUG != 3 && convict[o] && tally[o] > 0 ->
            convict[o] = 0;
            if
            :: field[o] < K -> tally[field[o]] = 100
            :: else
            fi
        :: else
        fi;
        i++
    :: else -> i = 0; o = NONE; break
    od
}

inline check_convicts() {
    i = 0;
    do
    :: i < M ->
        assert(a[i] == NONE || !convict[a[i]]);
        assert(b[i] == NONE || !convict[b[i]]);
        i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < K ->
        assert(convict[i] || dead[i] || field[i] == NONE || !convict[field[i]]);
        i++
    :: else -> i = 0; break
    od
}

inline kill() {
    i = 0;
    do
    :: i < K ->
        if
        :: convict[i] && i == 0 && BUG != 6 -> weak = 0 /* BUG 6: the weak reference stays */
        :: else
        fi;
        dead[i] = dead[i] || convict[i];
        i++
    :: else -> i = 0; break
    od
}

/* References of the dead to the living are dropped, those among them are not. */
inline execute() {
    n = 0;
    do
    :: n < K && convict[n] ->
        atomic {
            o = field[n];
            field[n] = NONE;
            if
            :: o < K && convict[o] -> o = NONE
            :: else
            fi
        }
        drop_all(o, t);
        n++
    :: n < K && !convict[n] -> n++
    :: else -> break
    od;
    skip;
    d_step {
        i = 0;
        do
        :: i < K -> if :: convict[i] -> convict[i] = 0; count[i] = 0 :: else fi; i++
        :: else -> i = 0; n = 0; break
        od
    }
}

/* A field of an object that is alive, in a section. t: what it refers to, or NONE. */
inline read_field(o) {
    t = NONE;
    atomic { section = 1; alive = !dead[o]; was = made[o] }
    if
    :: alive -> atomic { assert(made[o] == was); t = field[o] }
    :: else
    fi;
    section = 0
}

proctype collector() {
    byte i, n, o = NONE, t = NONE;
    bit alive, was;
    stop();
    d_step {
        mark_reachable();
        do
        :: i < K -> garbage[i] = !garbage[i] && !dead[i]; i++
        :: else -> i = 0; break
        od;
        stopped = 0
    }
    do /* counts */
    :: n < K -> atomic { member[n] = !dead[n]; tally[n] = count[n]; seen[n] = count[n]; n++ }
    :: else -> n = 0; break
    od;
    do /* references */
    :: n < K ->
        if
        :: member[n] -> read_field(n); d_step {
            if
            :: t < K && member[t] -> tally[t]--
            :: else
            fi;
            t = NONE }
        :: else
        fi;
        n++
    :: else -> n = 0; break
    od;
    skip;
    d_step { /* what counts more than was explained is held */
        do
        :: n < K ->
            grey[n] = member[n] && tally[n] > 0;
            member[n] = member[n] && !grey[n];
            n++
        :: else -> n = 0; break
        od
    }
    do /* and what that reaches */
    :: n < K && grey[n] ->
        grey[n] = 0;
        read_field(n);
        d_step {
            if
            :: t < K && member[t] -> member[t] = 0; grey[t] = 1; n = 0
            :: else -> n++
            fi;
            t = NONE
        }
    :: n < K && !grey[n] -> n++
    :: else -> n = 0; break
    od;
    skip;
    d_step {
        do
        :: n < K -> group[n] = n; n++
        :: else -> n = 0; break
        od
    }
#if BUG != 4 /* BUG 4: suspects are judged one by one */
    do /* suspects that refer to each other are of one group */
    :: n < K ->
        if
        :: member[n] -> read_field(n); d_step {
            if
            :: t < K && member[t] && group[t] != group[n] ->
                o = group[t];
                do
                :: i < K -> if :: group[i] == o -> group[i] = group[n] :: else fi; i++
                :: else -> i = 0; o = NONE; break
                od
            :: else
            fi;
            t = NONE }
        :: else
        fi;
        n++
    :: else -> n = 0; break
    od;
#endif
    byte g = 0;
    do
    :: g < K ->
        stop();
#if BUG == 5 /* BUG 5: what a stop has condemned dies after it */
        d_step { judge(g); stopped = 0 }
        d_step { check_convicts(); kill() }
#else
        d_step { judge(g); check_convicts(); kill(); stopped = 0 }
#endif
        execute();
        g++
    :: else -> break
    od;
    n = 0;
    d_step {
    do
    :: n < K -> assert(!garbage[n] || dead[n] || upgraded); n++
    :: else -> break
    od
    }
}

/* Any graph: fields and references at will; what nobody refers to is a free block. */
init {
    byte n, x;
    atomic {
        do
        :: n < K ->
            x = 0;
            do
            :: x < K -> x++
            :: break
            od;
            field[n] = x;
            n++
        :: else -> n = 0; break
        od;
        do
        :: n < M ->
            x = 0;
            do
            :: x < K -> x++
            :: break
            od;
            a[n] = x;
            n++
        :: else -> n = 0; break
        od;
        do
        :: n < K -> if :: field[n] < K -> count[field[n]]++ :: else fi; n++
        :: else -> n = 0; break
        od;
        do
        :: n < M -> if :: a[n] < K -> count[a[n]]++ :: else fi; n++
        :: else -> n = 0; break
        od;
        /* A free block has no field; a graph where it has is another one. */
        do
        :: n < K ->
            dead[n] = (count[n] == 0);
            if
            :: count[n] == 0 && field[n] < K -> goto none
            :: else
            fi;
            n++
        :: else -> n = 0; break
        od;
        weak = !dead[0];
        at_safepoint = M;
        do
        :: n < M -> run mutator(n); n++
        :: else -> break
        od;
        run collector();
        n = 0; x = 0
    }
none:
    skip
}
