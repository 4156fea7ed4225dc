/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The script goes through the environment: no file, no quoting. */
#include "python.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

double python_run(const char *path, const char *script, const char *arguments) {
    char command[4096];
    double figure = -1;
    if (access(path, X_OK) != 0)
        return -1;
    snprintf(command, sizeof command, "'%s' -c \"$TARN_BENCH_SCRIPT\" %s", path, arguments);
    setenv("TARN_BENCH_SCRIPT", script, 1);
    FILE *out = popen(command, "r");
    if (out && fscanf(out, "%lf", &figure) != 1)
        figure = -1;
    if (out)
        pclose(out);
    return figure;
}

double python_free_threaded(const char *script) {
    const char *path = getenv("PEER_PYTHON_FT");
    return path ? python_run(path, script, "") : -1;
}
