/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A preloaded malloc is called before libc's `environ` is set, so the variables are
 * read where the kernel keeps them.
 */
#include "os/env.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

struct scan {
    const char *name;
    char *value;
    size_t size;
    size_t at;     /* place in the current variable */
    bool matching; /* what came so far is the beginning of name= */
    bool found;
};

/* Takes one character of the list; true: the variable's end was reached. */
static bool take(struct scan *s, char c) {
    size_t length = strlen(s->name);
    if (c == '\0') {
        if (s->found)
            return true;
        s->at = 0;
        s->matching = true;
        return false;
    }
    if (s->found) {
        size_t i = s->at - length - 1;
        if (i + 1 < s->size) {
            s->value[i] = c;
            s->value[i + 1] = '\0';
        }
    } else if (s->matching) {
        s->matching = c == (s->at < length ? s->name[s->at] : '=');
        s->found = s->matching && s->at == length;
    }
    s->at++;
    return false;
}

bool tarn__os_env(const char *name, char *value, size_t size) {
    char chunk[1024];
    struct scan s = {.name = name, .value = value, .size = size, .matching = true};
    int saved = errno;
    ssize_t n;
    value[0] = '\0';
    if (getauxval(AT_SECURE))
        return false;
    int fd = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
    bool ended = fd < 0;
    while (!ended && (n = read(fd, chunk, sizeof chunk)) > 0)
        for (ssize_t i = 0; i < n && !ended; i++)
            ended = take(&s, chunk[i]);
    if (fd >= 0)
        close(fd);
    errno = saved;
    return s.found;
}

uint64_t tarn__os_random(void) {
    uint64_t number;
    int saved = errno;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        number = (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15u ^ (uint64_t)(uintptr_t)&number;
    }
    errno = saved;
    return number;
}
