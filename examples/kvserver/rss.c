/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What the system knows of this process's memory, from /proc. */
#include "rss.h"

#include <stdio.h>
#include <string.h>

/* The sum of the fields of a file of "Name:  123 kB" lines, in bytes. */
static size_t sum_fields(const char *path, const char *const *name, size_t count) {
    char line[256];
    size_t kilobytes = 0;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        for (size_t i = 0; i < count; i++) {
            size_t length = strlen(name[i]);
            unsigned long value;
            if (strncmp(line, name[i], length) == 0 && line[length] == ':' &&
                sscanf(line + length + 1, "%lu", &value) == 1)
                kilobytes += value;
        }
    if (file)
        fclose(file);
    return kilobytes << 10;
}

size_t rss_now(void) {
    static const char *const resident[] = {"VmRSS"};
    return sum_fields("/proc/self/status", resident, 1);
}

void rss_shared(size_t *own, size_t *shared) {
    static const char *const dirty[] = {"Private_Dirty"};
    static const char *const common[] = {"Shared_Clean", "Shared_Dirty"};
    *own = sum_fields("/proc/self/smaps_rollup", dirty, 1);
    *shared = sum_fields("/proc/self/smaps_rollup", common, 2);
}
