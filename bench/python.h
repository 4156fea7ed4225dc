/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Programs in Python, each of which prints one figure. */
#ifndef BENCH_PYTHON_H
#define BENCH_PYTHON_H

/* By an interpreter at `path`, with arguments behind it; negative: not there, or it
 * printed no number. */
double python_run(const char *path, const char *script, const char *arguments);

/* By the free-threaded one that PEER_PYTHON_FT names. */
double python_free_threaded(const char *script);

#endif
