/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Instructions and atomic operations, counted: a child works one instruction at a
 * time, and its parent looks at each before it runs. Nothing else changes for the
 * child, while an allocator may behave otherwise under Valgrind. x86-64 only: an
 * atomic operation there is a lock prefix, or an exchange with memory.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "works.h"

/* What lies between two stops is counted: every other phase is one of these. */
enum phase { PHASE_NOTHING, PHASE_ALLOCATE, PHASE_RELEASE, PHASE_REMOTE, PHASES };

#define REMOTE_BLOCKS 640u

static void stop_here(void) {
    raise(SIGSTOP);
}

static void run_child(struct job *job) {
    void *block[PROBE_BLOCKS];
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(1);
    for (unsigned r = 0; r < 100; r++) {
        probe_fill(job->a, block, job->size);
        probe_empty(job->a, block);
    }
    stop_here();
    stop_here();
    stop_here();
    probe_fill(job->a, block, job->size);
    stop_here();
    stop_here();
    probe_empty(job->a, block);
    stop_here();
    free_remotely(job, REMOTE_BLOCKS, stop_here);
    _exit(0);
}

#ifdef __x86_64__

static bool is_prefix(unsigned char byte) {
    return byte == 0x66 || byte == 0x67 || byte == 0x2e || byte == 0x36 || byte == 0x3e ||
           byte == 0x26 || byte == 0x64 || byte == 0x65 || byte == 0xf2 || byte == 0xf3 ||
           (byte & 0xf0) == 0x40;
}

static bool is_atomic(const unsigned char *code, size_t length) {
    size_t i = 0;
    while (i < length && is_prefix(code[i]))
        i++;
    if (i + 1 >= length)
        return false;
    bool exchange = code[i] == 0x86 || code[i] == 0x87;
    return code[i] == 0xf0 || (exchange && code[i + 1] < 0xc0);
}

/* The instruction that the child runs next. */
static bool at_atomic(pid_t child) {
    struct user_regs_struct registers;
    union {
        long word[2];
        unsigned char byte[2 * sizeof(long)];
    } code;
    if (ptrace(PTRACE_GETREGS, child, NULL, &registers) != 0)
        return false;
    for (unsigned i = 0; i < 2; i++)
        code.word[i] = ptrace(PTRACE_PEEKTEXT, child, registers.rip + i * sizeof(long), NULL);
    return is_atomic(code.byte, sizeof code.byte);
}

static bool has_stopped(pid_t child, int signal) {
    int status;
    return waitpid(child, &status, 0) == child && WIFSTOPPED(status) && WSTOPSIG(status) == signal;
}

bool step_count(pid_t child, struct step_count *count, bool atomics) {
    siginfo_t why;
    if (!has_stopped(child, SIGSTOP))
        return false;
    for (;;) {
        count->steps++;
        if (atomics)
            count->atomics += at_atomic(child);
        if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) != 0)
            return false;
        if (has_stopped(child, SIGTRAP))
            continue;
        return ptrace(PTRACE_GETSIGINFO, child, NULL, &why) == 0 && why.si_signo == SIGSTOP &&
               ptrace(PTRACE_CONT, child, NULL, NULL) == 0;
    }
}

#else

bool step_count(pid_t child, struct step_count *count, bool atomics) {
    (void)atomics;
    (void)child;
    (void)count;
    return false;
}

#endif

/* The stop's own instructions, counted in PHASE_NOTHING, are taken off. */
static double steps_of(const struct step_count *count, enum phase phase, unsigned calls) {
    return (double)(count[phase].steps - count[PHASE_NOTHING].steps) / calls;
}

/* Figures are 0 where a process cannot be traced. */
void work_steps(struct job *job) {
    struct step_count count[PHASES] = {{0, 0}};
    unsigned phase = 0;
    pid_t child = fork();
    if (child == 0)
        run_child(job);
    if (child < 0)
        return;
    while (phase < PHASES && step_count(child, &count[phase], true))
        phase++;
    if (phase == PHASES) {
        job->out.step_allocate = steps_of(count, PHASE_ALLOCATE, PROBE_BLOCKS);
        job->out.step_release = steps_of(count, PHASE_RELEASE, PROBE_BLOCKS);
        job->out.step_remote = steps_of(count, PHASE_REMOTE, REMOTE_BLOCKS);
        job->out.step_atomics = (double)count[PHASE_REMOTE].atomics / REMOTE_BLOCKS;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}
