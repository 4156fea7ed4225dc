# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Imported by import_beside.py.
print("shared_module runs")
VALUE = 7
count = 0
count += 1


def double(x):
    return x * 2


def get():
    return VALUE


class Thing:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"Thing {self.name}"
