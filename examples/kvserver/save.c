/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Saving and loading the keyspace: files and children. */
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "crc64.h"
#include "keyspace.h"
#include "lock.h"
#include "rss.h"
#include "server.h"
#include "snapshot.h"

/* What a child says of itself at its end, in memory that both have. */
struct child_figures {
    size_t copied;
    size_t shared;
};

static struct {
    struct lock lock; /* guards all of it */
    bool busy;        /* somebody saves */
    pid_t child;      /* 0: none */
    int64_t begun_ms;
    struct child_figures *figures;
    struct save_report report;
} state;

/* --- the file ---- */

static void path_of(char *path, size_t room, const char *before) {
    snprintf(path, room, "%s/%s%s", options.folder, before, options.file);
}

static bool sync_folder(void) {
    int fd = open(options.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return synced;
}

/* Writes the snapshot; false with errno. */
static bool write_file(void) {
    char temporary[PATH_MAX];
    char path[PATH_MAX];
    path_of(temporary, sizeof temporary, "temp-");
    path_of(path, sizeof path, "");
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    bool done = snapshot_write(fd) >= 0 && fsync(fd) == 0;
    int saved = errno;
    done = close(fd) == 0 && done;
    if (done && rename(temporary, path) == 0)
        return sync_folder();
    if (!done)
        errno = saved;
    saved = errno;
    unlink(temporary);
    errno = saved;
    return false;
}

bool load_last(void) {
    char path[PATH_MAX];
    size_t keys = 0;
    crc64_begin();
    path_of(path, sizeof path, "");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return true;
    if (fd < 0) {
        fprintf(stderr, "kvserver: %s: %s\n", path, strerror(errno));
        return false;
    }
    uint64_t begun = uv_hrtime();
    bool loaded = snapshot_load(fd, path, &keys);
    close(fd);
    if (loaded)
        fprintf(stderr, "kvserver: %zu keys loaded in %.3f s\n", keys,
                (double)(uv_hrtime() - begun) / 1e9);
    return loaded;
}

/* --- turns ---- */

static bool take_turn(void) {
    lock_acquire(&state.lock);
    bool free = !state.busy;
    state.busy = true;
    lock_release(&state.lock);
    return free;
}

static void end_turn(bool saved) {
    lock_acquire(&state.lock);
    state.busy = false;
    state.report.failed = !saved;
    if (saved) {
        state.report.saves++;
        state.report.last_ms = time_ms;
    }
    lock_release(&state.lock);
}

void save_read(struct save_report *report) {
    lock_acquire(&state.lock);
    *report = state.report;
    report->running = state.busy;
    lock_release(&state.lock);
    if (!report->last_ms)
        report->last_ms = server.begun_ms;
}

/* --- on this thread ---- */

static bool save_here(void) {
    bool saved = write_file();
    if (!saved)
        fprintf(stderr, "kvserver: cannot save: %s\n", strerror(errno));
    end_turn(saved);
    return saved;
}

enum save_result save_stopped(void) {
    if (!take_turn())
        return SAVE_BUSY;
    tarn_world_stop();
    bool saved = save_here();
    tarn_world_start();
    return saved ? SAVE_STARTED : SAVE_FAILED;
}

bool save_now(void) {
    save_end();
    return take_turn() && save_here();
}

/* --- in a child ---- */

static _Noreturn void child(pid_t parent) {
    signal(SIGTERM, SIG_DFL); /* libuv's handlers would wake the parent's loop */
    signal(SIGINT, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a late rename must not meet a new server */
    if (getppid() != parent)
        _exit(1);
    bool saved = write_file();
    if (state.figures)
        rss_shared(&state.figures->copied, &state.figures->shared);
    _exit(saved ? 0 : 1);
}

enum save_result save_start(void) {
    pid_t parent = getpid();
    if (!take_turn())
        return SAVE_BUSY;
    if (!state.figures) {
        void *shared = mmap(NULL, sizeof *state.figures, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        state.figures = shared == MAP_FAILED ? NULL : shared;
    }
    tarn_gc_freeze(server.heap);
    uint64_t begun = uv_hrtime();
    pid_t pid = fork();
    if (pid == 0)
        child(parent);
    uint64_t took = uv_hrtime() - begun;
    if (pid < 0) {
        tarn_gc_unfreeze(server.heap);
        end_turn(false);
        return SAVE_FAILED;
    }
    lock_acquire(&state.lock);
    state.child = pid;
    state.begun_ms = time_ms;
    state.report.fork_us = took / 1000;
    lock_release(&state.lock);
    return SAVE_STARTED;
}

/* Waits for the child, at once or as long as it takes; whether it has ended. */
static bool wait_child(int flags, int *status) {
    lock_acquire(&state.lock);
    pid_t pid = state.child;
    lock_release(&state.lock);
    return pid && waitpid(pid, status, flags) == pid;
}

static void ended(bool saved) {
    tarn_gc_unfreeze(server.heap);
    time_update();
    lock_acquire(&state.lock);
    state.child = 0;
    state.report.last_took_ms = time_ms - state.begun_ms;
    if (saved && state.figures) {
        state.report.copied = state.figures->copied;
        state.report.shared = state.figures->shared;
    }
    lock_release(&state.lock);
    end_turn(saved);
}

void save_reap(void) {
    int status;
    if (!wait_child(WNOHANG, &status))
        return;
    bool saved = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!saved)
        fprintf(stderr, "kvserver: the child that saved failed\n");
    ended(saved);
}

void save_end(void) {
    int status;
    lock_acquire(&state.lock);
    pid_t pid = state.child;
    lock_release(&state.lock);
    if (!pid)
        return;
    kill(pid, SIGKILL);
    if (wait_child(0, &status))
        ended(false);
}
