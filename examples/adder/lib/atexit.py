# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Functions that run when the program ends, the last first."""
_functions = []


def register(function, *args, **kwargs):
    _functions.append((function, args, kwargs))
    return function


def unregister(function):
    _functions[:] = [entry for entry in _functions if entry[0] != function]


def _run():
    while _functions:
        function, args, kwargs = _functions.pop()
        function(*args, **kwargs)
