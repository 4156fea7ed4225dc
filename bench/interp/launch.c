/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * launch REPORT COMMAND...: runs a command and writes to the file REPORT what it cost:
 * nanoseconds, peak resident KiB, and its wait status.
 *
 * The peak of a process counts what it had before exec, so one started by a program of 20 MiB
 * never shows less than that. This one is small, and so is what it adds.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs("usage: launch REPORT COMMAND...\n", stderr);
        return 2;
    }
    long long began = now_ns();
    pid_t child = fork();
    if (child == 0) {
        execv(argv[2], argv + 2);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("launch");
        return 1;
    }
    long long took = now_ns() - began;
    FILE *report = fopen(argv[1], "w");
    if (!report || fprintf(report, "%lld %ld %d\n", took, usage.ru_maxrss, status) < 0 ||
        fclose(report) != 0) {
        perror(argv[1]);
        return 1;
    }
    return 0;
}
