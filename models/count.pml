/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * One object's count: docs/memory-model.md [CNT-1] to [CNT-8], [SLOT], [FIN].
 *
 * An object is biased to one seat. T threads hold references, add, drop and hand
 * them on, store the object in a slot, load it from there, and one after another
 * take the seat, block in it and leave it. Letters go to the seat's inbox and are
 * drained by its thread or by a claimer; who finds it blocking or vacant drops in its
 * place. BUDGET bounds how many references are
 * added; FULL is where the local half counts as full [CNT-6]. Each access to a
 * word that two threads may touch is a step; a compare-and-swap loop is one step,
 * for what it decides depends on the word alone.
 *
 *   -DSTAGE=1       the type has a finalizer, which may resurrect
 *   -DSTAGE=2       the type has a dispose that calls tarn
 *   -DIMMORTALS=1   threads may make the object immortal
 *   -DLETTERS=1     somebody sends the seat a letter about another object
 *
 * Asserted: it is freed once, when no reference, slot, letter or queue holds it
 * and, if it was published, no read section is left that began before its death;
 * nobody touches it after that; a count never goes below zero; user code runs
 * once; a claimed seat is its claimer's alone. When all threads are done, which
 * may leave the seat blocking for ever or vacant, it is freed and no mail is left.
 *
 * -DBUG=n plants the bug that the comment beside BUG == n names.
 */
#ifndef T
#define T 2
#endif
#ifndef BUDGET
#define BUDGET 2
#endif
#ifndef FULL
#define FULL 3
#endif
#ifndef STAGE
#define STAGE 0
#endif
#ifndef IMMORTALS
#define IMMORTALS 0
#endif
#ifndef LETTERS
#define LETTERS 0
#endif
#ifndef BUG
#define BUG 0
#endif

#define NOBODY 255

/* word 0: `bias` */
bit biased = 1;
byte local_half = 1;

/* word 1: `shared` */
short count;
bit merged, queued, published, dead, pending, finalized, disposed, immortal;

/* the seat */
#define RUNNING 0
#define BLOCKING 1
#define CLAIMED 2
#define VACANT 3
byte state = RUNNING;
bit want, work;
byte sitter = 0;         /* the thread that holds the seat */
byte claimer = NOBODY;

/* mail: the letter's bit and the pool on the inbox; the queue of user code */
bit letter, announced, inbox, waiting;
bit other_letter;        /* of another object with the same owner */
bit other_sent;

bit slot;

/* Who really holds the object: what the counts must agree with. */
byte refs[T];
bit mail_holds, queue_holds;
byte ran;     /* how often the finalizer or dispose ran */
bit freed;
bit retired;  /* dead, waits for the sections in `before` */
byte before;
byte sections;

byte budget = BUDGET;
byte gone; /* threads that are done */

#define USE assert(!freed)

/* What a drained letter, a drop and so on come back to. */
#define BY_DROP 0
#define BY_SAFEPOINT 1
#define BY_LEAVING 2
#define BY_CLAIM 3
#define BY_PLACE 4

/* What a drop in the owner's place leaves for after its claim. */
#define NOTHING 0
#define FREE 1
#define BURY 2
#define PEND 3
#define MAIL 4

inline free_object() {
    assert(!freed && !slot && !letter && !mail_holds && !queue_holds && !immortal);
    j = 0;
    do
    :: j < T -> assert(refs[j] == 0); j++
    :: else -> j = 0; break
    od;
    freed = 1;
    retired = 0
}

inline open_section() {
    sections = sections | (1 << me)
}

/* A grace period ends with the last section that was open when it began. */
inline close_section() {
    atomic {
        sections = sections & ~(1 << me);
        before = before & ~(1 << me);
        if
        :: retired && before == 0 -> free_object()
        :: else
        fi
    }
}

/* bury(): DEAD was won */
inline bury() {
    if
    :: published -> retired = 1; before = sections
    :: else -> free_object()
    fi
}

proctype thread(byte me) {
    byte j, held, role, from, outcome;
    bit own, storing, over;

top:
    if
    :: refs[me] > 0 && budget > 0 -> goto incref
    :: refs[me] > 0 -> goto drop
    :: refs[me] > 0 -> goto give
    :: refs[me] > 0 && budget > 0 -> goto store
    :: slot && budget > 0 -> goto load
    :: slot -> goto clear
#if STAGE
    :: waiting -> goto run_user_code
#endif
#if IMMORTALS
    :: refs[me] > 0 && !immortal -> atomic { USE; immortal = 1 }; goto top
#endif
#if LETTERS
    :: sitter != me && !other_sent -> goto post_other
#endif
    :: sitter == me && work -> goto safepoint
    :: sitter == me -> from = BLOCKING; goto leave
    :: sitter == me -> from = VACANT; goto leave
    :: sitter == NOBODY -> goto attach
    :: sitter != me && refs[me] == 0 && !slot && !waiting -> goto finish
    fi;

give: /* a strong reference goes through a channel */
    atomic {
        j = 0;
        do
        :: j < T - 1 -> j++
        :: break
        od;
        if
        :: gone & (1 << j)
        :: else -> refs[me]--; refs[j]++
        fi;
        j = 0
    }
    goto top;

store: /* tarn_slot_store() */
    atomic { USE; storing = 1; published = 1 }
    goto incref;

stored:
    atomic {
        storing = 0;
        refs[me] = refs[me] - 1 + slot;
        own = slot;
        slot = 1
    }
    if
    :: own -> own = 0; goto drop
    :: else -> goto top
    fi;

clear: /* tarn_slot_store(NULL) */
    atomic {
        if
        :: slot -> slot = 0; refs[me]++
        :: else -> goto top
        fi
    }
    goto drop;

incref: /* tarn_incref() */
    atomic { USE; budget = (budget -> budget - 1 : 0); own = biased && sitter == me; held = local_half }
    if
    :: own && held < FULL ->
        atomic { USE; assert(claimer == NOBODY); local_half = held + 1; refs[me]++; held = 0; own = 0 }
    :: own && held >= FULL -> /* tarn__count_merge(o, 1, 0) */
        atomic { USE; biased = 0; local_half = 0 }
        atomic {
            USE;
            assert(!merged);
            merged = 1;
            count = count + held + 1;
            refs[me]++;
            held = 0;
            own = 0
        }
    :: else ->
        atomic { USE; count++; refs[me]++; held = 0; own = 0 }
    fi;
    if
    :: storing -> goto stored
    :: else -> goto top
    fi;

load: /* tarn_slot_load() */
    open_section();
loaded:
    atomic {
        if
        :: slot && budget > 0
        :: else -> goto end_of_section
        fi
    }
    atomic { USE; own = biased && sitter == me && local_half < FULL; held = local_half }
    if
    :: own ->
        atomic { USE; assert(claimer == NOBODY && !dead); local_half = held + 1 }
        atomic { own = 0; held = 0; budget = (budget -> budget - 1 : 0); refs[me]++ }
    :: else -> /* tarn__count_try_incref() */
        atomic {
            USE;
            held = 0;
            if
            :: dead -> goto loaded
            :: else -> count++; refs[me]++; budget = (budget -> budget - 1 : 0)
            fi
        }
    fi;
    goto end_of_section;

drop: /* tarn_decref() */
    atomic { role = BY_DROP; open_section(); USE; own = biased && sitter == me; held = local_half }
    if
    :: own && held > 1 ->
        atomic { USE; assert(claimer == NOBODY); local_half = held - 1; refs[me]--; held = 0; own = 0 }
        goto end_of_section
    :: own && held <= 1 -> own = 0; goto owner_zero
    :: else -> held = 0; goto foreign
    fi;

owner_zero: /* tarn__count_owner_zero() */
    atomic {
        USE;
        if
#if BUG == 1 /* the owner's zero does not look for PUBLISHED */
        :: count == 0 && !queued && !immortal && !STAGE ->
#else
        :: count == 0 && !queued && !published && !immortal && !STAGE ->
#endif
            refs[me]--;
            held = 0;
            if
            :: role == BY_PLACE -> outcome = FREE; goto unclaim
            :: else -> free_object(); goto end_of_section
            fi
        :: else
        fi
    }
#if BUG != 3
    atomic { USE; biased = 0; local_half = 0 }
#endif
    atomic {
        USE;
        assert(!merged);
        refs[me]--;
        merged = 1;
        count = count + held - 1;
        held = 0;
        over = (count == 0 && !queued);
        assert(count >= 0 || queued || immortal)
    }
#if BUG == 3 /* the owner is cleared after the merge */
    atomic { USE; biased = 0; local_half = 0 }
#endif
    if
    :: over -> over = 0; goto die
    :: !over && role == BY_PLACE -> goto unclaim
    :: else -> goto end_of_section
    fi;

foreign: /* tarn__count_wants_owner() */
    atomic {
        USE;
        if
        :: !merged && !queued && !immortal && count <= 0
        :: else -> goto by_mail
        fi
    }

    atomic { /* drop_in_place() */
        if
        :: state == BLOCKING || state == VACANT ->
            from = state;
            state = CLAIMED;
            assert(claimer == NOBODY);
            claimer = me;
            role = BY_PLACE
        :: else -> goto by_mail
        fi
    }
#if BUG == 16 /* who drops in the owner's place does not read the bias again */
    atomic { USE; own = 1; held = local_half }
#else
    atomic { USE; own = biased; held = local_half }
#endif
    if
    :: own && held > 1 ->
        atomic { USE; assert(claimer == me); local_half = held - 1; refs[me]--; held = 0; own = 0 };
        goto unclaim
    :: own && held <= 1 -> own = 0; goto owner_zero
    :: else -> held = 0; outcome = MAIL; goto unclaim
    fi;

by_mail: /* tarn__count_foreign_decref() */
#if BUG == 4 /* subtracts first, then asks for mail */
    atomic { USE; over = !merged; count--; refs[me]--; own = count < 0 && !queued }
    if
    :: over && own -> over = 0; own = 0; atomic { USE; queued = 1; mail_holds = 1 }; goto post
    :: over && !own -> over = 0; goto end_of_section
    :: else -> own = 0
    fi;
    if
    :: count == 0 -> goto die
    :: else -> goto end_of_section
    fi;
#else
    atomic {
        USE;
        if
        :: merged
        :: !merged && immortal -> refs[me]--; goto end_of_section
        :: !merged && !immortal && count <= 0 && !queued ->
            queued = 1;
            refs[me]--;
#if BUG == 5 /* QUEUED does not own the reference that was dropped */
            count--;
#else
            mail_holds = 1;
#endif
            goto post
        :: else -> count--; refs[me]--; goto end_of_section
        fi
    }
    atomic {
        USE;
        refs[me]--;
        if
        :: immortal -> goto end_of_section
        :: else -> count--
        fi;
        assert(count >= 0 && !dead);
        over = (count == 0)
    }
    if
    :: over -> over = 0; goto die
    :: else -> goto end_of_section
    fi;
#endif

post: /* tarn__mail_post(): one announces the post, and tells its receiver */
    letter = 1;
announce:
    atomic {
        if
        :: announced -> goto end_of_section
        :: else -> announced = 1
        fi
    }
    inbox = 1;
#if BUG == 6 /* the sender does not look at the owner's state */
    work = 1;
    goto end_of_section;
#else
    goto notify;
#endif

#if LETTERS
post_other:
    atomic {
        if
        :: other_sent -> goto top
        :: else -> other_sent = 1
        fi
    }
    open_section();
    other_letter = 1;
    goto announce;
#endif

notify: /* tarn__seat_notify_mail() */
    atomic {
        work = 1;
        if
        :: state == BLOCKING || state == VACANT
        :: else -> goto end_of_section
        fi
    }
    atomic {
        if
        :: state == BLOCKING || state == VACANT ->
            from = state;
            state = CLAIMED;
            assert(claimer == NOBODY);
            claimer = me;
            role = BY_CLAIM;
            goto drain
        :: else -> goto end_of_section
        fi
    }

unclaim: /* tarn__seat_unclaim() */
    atomic {
        own = (role == BY_PLACE);
        role = BY_DROP;
        claimer = NOBODY;
        if
        :: want -> want = 0; state = RUNNING
        :: else -> state = from
        fi;
        from = 0
    }
#if BUG == 7 /* the claimer does not look at the inbox after its claim */
    if
    :: !own -> goto end_of_section
    :: else
    fi;
#endif
#if BUG == 17 /* who drops in the owner's place does not look at the inbox after it */
    if
    :: own -> own = 0; goto end_of_section
    :: else
    fi;
#endif
    own = 0;
    if
    :: inbox -> goto notify
    :: else -> goto end_of_section
    fi;

drain: /* tarn__mail_drain() */
    atomic {
        if
        :: inbox -> inbox = 0
        :: else -> goto drained
        fi
    }
#if BUG != 15 /* the letters of a post are taken before it is opened */
    announced = 0;
#endif
    other_letter = 0;
    atomic {
        if
        :: letter -> letter = 0
#if BUG == 15
        :: else -> goto open_late
#else
        :: else -> goto drained
#endif
        fi
    }
#if BUG == 15
    announced = 0;
#endif
    atomic { USE; own = !merged; held = local_half } /* tarn__count_drain() */
    if
    :: own ->
#if BUG != 8
        atomic { USE; own = 0; biased = 0; local_half = 0 }
#endif
        atomic {
            USE;
            own = 0;
            assert(!merged);
            merged = 1;
            queued = 0;
            mail_holds = 0;
            count = count + held - 1;
            held = 0;
            over = (count == 0);
            assert(count >= 0 || immortal)
        }
#if BUG == 8 /* a drain clears the owner after the merge */
        atomic { USE; biased = 0; local_half = 0 }
#endif
    :: else ->
        atomic {
            USE;
            held = 0;
            queued = 0;
            mail_holds = 0;
#if BUG != 9 /* a letter that finds the object merged leaves its reference */
            count--;
#endif
            over = (count == 0);
            assert(count >= 0 || immortal)
        }
    fi;
    if
    :: over -> over = 0; goto die
    :: else
    fi;

drained:
    if
    :: role == BY_CLAIM || role == BY_PLACE -> goto unclaim
    :: role == BY_LEAVING -> role = BY_DROP; goto again
    :: else -> role = BY_DROP; goto end_of_section
    fi;

#if BUG == 15
open_late:
    announced = 0;
    goto drained;
#endif

die: /* tarn__count_die() */
#if BUG == 10 /* what has run is read before the word, from another one */
    atomic { USE; own = disposed }
#endif
    atomic {
        USE;
#if BUG != 10
        own = disposed;
#endif
        if
/* BUG == 2: death does not look for IMMORTAL */
#if BUG == 11 /* death is stored without comparing the count again */
        :: merged && !dead && !queued && !immortal ->
#else
        :: count == 0 && merged && !dead && !queued && (!immortal || BUG == 2) ->
#endif
            if
            :: (STAGE == 1 && !finalized) || (STAGE == 2 && !own) ->
                count++;
                pending = 1;
                queue_holds = 1;
                own = 0;
                if
                :: role == BY_PLACE -> outcome = PEND; goto unclaim
                :: else -> goto pend
                fi
            :: else ->
                dead = 1;
                if
                :: role == BY_PLACE -> outcome = BURY
                :: else -> bury()
                fi
            fi
        :: else
        fi;
        own = 0
    }
    goto died;

pend: /* tarn__pending_post() */
    waiting = 1;
died:
    if
    :: role != BY_DROP -> goto drained
    :: else
    fi;

end_of_section: /* first tarn__object_finish() of a drop in the owner's place */
    atomic {
        if
        :: outcome == FREE -> free_object()
        :: outcome == BURY -> bury()
        :: outcome == PEND -> waiting = 1
        :: outcome == MAIL -> outcome = NOTHING; goto by_mail
        :: else
        fi;
        outcome = NOTHING
    }
    close_section();
    goto top;

#if STAGE
run_user_code: /* run_stage(); the queue's reference is the runner's now */
    atomic {
        if
        :: waiting -> waiting = 0; queue_holds = 0; refs[me]++
        :: else -> goto top
        fi
    }
    atomic {
        USE;
        if
        :: STAGE == 1 -> finalized = 1
        :: else -> disposed = 1
        fi
    }
    atomic { USE; pending = 0; ran++; assert(ran == 1) }
#if BUG == 12 /* resurrection gives the object an owner again */
    atomic {
        if
        :: sitter == me -> biased = 1; local_half = 1; refs[me]++
        :: else
        fi
    }
#endif
    goto top;
#endif

safepoint: /* poll_seat(): WORK is taken back before the mail is looked at */
    open_section();
    work = 0;
    role = BY_SAFEPOINT;
    goto drain;

leave: /* leave_running() */
    atomic { assert(state == RUNNING); state = from }
#if BUG != 13 /* who goes blocking does not look at the inbox again */
    if
    :: !inbox
    :: else -> role = BY_LEAVING; goto enter
    fi;
#endif
    if
    :: from == VACANT -> from = 0; goto vacated
    :: from == BLOCKING -> from = 0; goto finish
    :: from == BLOCKING -> from = 0; goto enter
    fi;
again:
    close_section();
    goto leave;

vacated: /* give_seat() */
    sitter = NOBODY;
    goto top;

attach: /* take_seat() */
    atomic {
        if
        :: sitter == NOBODY -> sitter = me
        :: else -> goto top
        fi
    }

enter: /* tarn__seat_enter() */
    atomic {
        if
#if BUG == 14 /* the seat is taken under a claim */
        :: state != RUNNING -> state = RUNNING
#else
        :: state == CLAIMED -> want = 1
        :: else -> state = RUNNING
#endif
        fi
    }
    state == RUNNING;
    if
    :: role == BY_LEAVING -> open_section(); goto drain
    :: else -> goto top
    fi;

finish: /* unless it was handed a reference meanwhile */
    atomic {
        if
        :: refs[me] == 0 && !slot && !waiting -> gone = gone | (1 << me)
        :: else ->
            if
            :: sitter == me -> goto enter
            :: else -> goto top
            fi
        fi
    }
}

init {
    byte i;
    atomic {
        refs[0] = 1;
        do
        :: i < T -> run thread(i); i++
        :: else -> break
        od
    }
    gone == (1 << T) - 1;
    atomic {
        assert(freed || immortal);
        assert(!letter && !other_letter && !announced && !inbox && !queued && !retired);
        assert(!STAGE || ran == 1 || immortal)
    }
}
