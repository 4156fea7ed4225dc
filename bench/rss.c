/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Read without allocating: what is measured must not change by it. */
#include "rss.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The figure in kB after `label` in a file of /proc; 0: not there. */
static double read_kilobytes(const char *path, const char *label) {
    char text[4096];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    ssize_t n = read(file, text, sizeof text - 1);
    close(file);
    text[n > 0 ? n : 0] = '\0';
    const char *at = strstr(text, label);
    return at ? strtod(at + strlen(label), NULL) * 1024 : 0;
}

/* VmRSS lags behind by some pages a processor, so the mappings are asked first. */
double rss_now(void) {
    double rss = read_kilobytes("/proc/self/smaps_rollup", "\nRss:");
    return rss > 0 ? rss : read_kilobytes("/proc/self/status", "\nVmRSS:");
}

double rss_peak(void) {
    return read_kilobytes("/proc/self/status", "\nVmHWM:");
}

bool rss_reset_peak(void) {
    int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    bool reset = write(file, "5", 1) == 1;
    close(file);
    return reset;
}
