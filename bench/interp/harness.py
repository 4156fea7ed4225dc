# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Runs a program's work in as many threads as its first argument says.

Each thread does the same work on data of its own, so two threads do twice the work; all
must come to the same result, which is printed.
"""
import sys
import threading


def run(work):
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    results = [None] * count

    def one(i):
        results[i] = work()

    threads = [threading.Thread(target=one, args=(i,)) for i in range(1, count)]
    for t in threads:
        t.start()
    one(0)
    for t in threads:
        t.join()
    if any(r != results[0] for r in results):
        raise AssertionError("the threads disagree")
    print(results[0])
