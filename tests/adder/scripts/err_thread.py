# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# An exception that ends a thread is told; the program goes on.
import threading


def fails():
    print("thread begins")
    raise ValueError("in a thread")


t = threading.Thread(target=fails, name="worker")
t.start()
t.join()
print("main goes on", t.is_alive())
t = threading.Thread(target=lambda: 1 / 0)
t.start()
t.join()
print("end")
for i in range(2):
    print(i)
