# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Stages of threads joined by queues; one pipeline of three threads for each thread asked for."""
import queue
import threading
from harness import run


def stage(source, target, f):
    while True:
        batch = source.get()
        if batch is None:
            break
        target.put([f(x) for x in batch])
    target.put(None)


def parse(text):
    key, _, value = text.partition("=")
    return key, int(value)


def weigh(item):
    key, value = item
    n = 0
    while value > 1:
        value = value // 2 if value % 2 == 0 else 3 * value + 1
        n += 1
    return key, n


def work():
    first, second, third = queue.Queue(8), queue.Queue(8), queue.Queue(8)
    threads = [threading.Thread(target=stage, args=(first, second, parse)),
               threading.Thread(target=stage, args=(second, third, weigh))]
    for t in threads:
        t.start()
    totals = {}

    def collect():
        while True:
            batch = third.get()
            if batch is None:
                break
            for key, n in batch:
                totals[key] = totals.get(key, 0) + n

    last = threading.Thread(target=collect)
    last.start()
    for start in range(0, 60000, 50):
        first.put([f"k{i % 16}={i + 1}" for i in range(start, start + 50)])
        if start % 20000 == 0:
            last.is_alive()
    first.put(None)
    for t in threads + [last]:
        t.join()
    return sum(totals.values()), len(totals)


run(work)
