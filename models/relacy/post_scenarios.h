/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Scenarios of posts: [POST]. */
#ifndef TARN_MODELS_RELACY_POST_SCENARIOS_H
#define TARN_MODELS_RELACY_POST_SCENARIOS_H

#include "model.h"

/* --- posts --- */

/* Each letter is taken once, with what its sender wrote, and none stays behind. The
 * letters are `apart` bits from each other, in one word or in two. */
enum way { BY_BIT, BY_WORD, BY_TURN };

template <int senders, unsigned apart> struct post_run {
    tarn_inbox inbox;
    tarn_post post;
    rl::var<unsigned> wrote[senders];
    unsigned taken;

    void begin() {
        tarn__store(&inbox.head, (tarn_post *)0, relaxed);
        tarn__store(&post.word, (uint64_t)0, relaxed);
        tarn__store(&post.next, (tarn_post *)0, relaxed);
        for (unsigned w = 0; w < TARN_POST_WORDS; w++)
            tarn__store(&post.bits[w], (uint64_t)0, relaxed);
        taken = 0;
    }

    void send(int s, enum way way) {
        wrote[s]($) = 1;
        unsigned index = (unsigned)s * apart;
        if (way == BY_BIT)
            RL_ASSERT(tarn__post_set(&inbox, &post, index));
        else if (way == BY_WORD)
            RL_ASSERT(!tarn__post_set_word(&inbox, &post, index / 64, (uint64_t)1 << index % 64));
        else
            tarn__post_send(&inbox, &post, index);
    }

    void take(tarn_post *p) {
        for (unsigned w = 0; w < TARN_POST_WORDS; w++) {
            uint64_t bits = tarn__post_take(p, w);
            for (unsigned s = 0; s < senders; s++)
                if (s * apart / 64 == w && (bits >> s * apart % 64 & 1))
                    take_letter(s);
        }
    }

    void take_letter(unsigned s) {
        RL_ASSERT(!(taken & 1u << s));
        RL_ASSERT(wrote[s]($) == 1);
        taken |= 1u << s;
    }

    void receive() {
        for (tarn_post *p = tarn__inbox_take(&inbox), *next; p; p = next) {
            next = tarn__post_next(p);
            tarn__post_open(p);
            take(p);
        }
    }

    /* A receiver among several: the post stays announced while its bits are taken. */
    void receive_and_finish() {
        for (tarn_post *p = tarn__inbox_take(&inbox), *next; p; p = next) {
            next = tarn__post_next(p);
            take(p);
            tarn__post_finish(&inbox, p);
        }
    }

    void end() {
        receive();
        RL_ASSERT(taken == (1u << senders) - 1);
        RL_ASSERT(!(tarn__load(&post.word, relaxed) & TARN_POST_ANNOUNCED));
    }
};

/* One sends twice; nobody comes after its last letter. */
template <enum way last> struct post_last : rl::test_suite<post_last<last>, 2> {
    post_run<2, 64> run;
    void before() {
        run.begin();
    }
    void after() {
        run.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            run.send(0, BY_BIT);
            run.send(1, last);
        } else {
            run.receive();
            run.receive();
        }
    }
};

typedef post_last<BY_WORD> post_one;
typedef post_last<BY_BIT> post_one_bit;
typedef post_last<BY_TURN> post_one_turn;

struct post_two : rl::test_suite<post_two, 3> {
    post_run<2, 1> run;
    void before() {
        run.begin();
    }
    void after() {
        run.end();
    }
    void thread(unsigned i) {
        if (i < 2)
            run.send((int)i, i ? BY_WORD : BY_BIT);
        else
            run.receive();
    }
};

struct post_finished : rl::test_suite<post_finished, 3> {
    post_run<2, 64> run;
    void before() {
        run.begin();
    }
    void after() {
        run.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            run.send(0, BY_BIT);
            run.send(1, BY_WORD);
        } else {
            run.receive_and_finish();
        }
    }
};

/* The post changes hands as soon as its letters are taken: no sender that comes
 * late puts it on the inbox of the hands that it left. */
struct post_hands : rl::test_suite<post_hands, 3> {
    post_run<2, 1> run;
    bool handed;
    void before() {
        run.begin();
        handed = false;
    }
    void after() {
        if (!handed)
            run.end();
        RL_ASSERT(run.taken == 3);
        RL_ASSERT(!tarn__load(&run.inbox.head, relaxed));
        RL_ASSERT(!(tarn__load(&run.post.word, relaxed) & TARN_POST_ANNOUNCED));
    }
    void thread(unsigned i) {
        if (i < 2) {
            run.send((int)i, i ? BY_WORD : BY_BIT);
            return;
        }
        run.receive();
        if (run.taken == 3)
            handed = tarn__post_retire(&run.post);
    }
};

#endif
