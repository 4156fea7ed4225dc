# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# What a thread is not started with.
import _thread

for args in (None, ()), (5, ()), (len, []), (len, (), 7), (len, (), [1]):
    try:
        _thread.start_new_thread(*args)
    except TypeError as error:
        print(error)
