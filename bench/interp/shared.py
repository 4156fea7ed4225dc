# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Dicts and lists that all threads share, read mostly: one write to a thousand reads."""
import threading
from harness import run

TABLE = {f"key {i}": i for i in range(1000)}
KEYS = list(TABLE)
VALUES = list(range(1000))


class Config:
    level = 3
    name = "shared"


CONFIG = Config()


def work():
    total = 0
    for turn in range(9000):
        for i in range(0, 1000, 2):
            total += TABLE[KEYS[i]] + VALUES[i] * CONFIG.level
        TABLE["key 1"] = 1
        VALUES[1] = 1
        CONFIG.name = "shared"
    return total


run(work)
