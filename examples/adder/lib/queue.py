# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Queues that threads share."""
import threading
from time import monotonic as _time


class Empty(Exception):
    pass


class Full(Exception):
    pass


class Queue:
    def __init__(self, maxsize=0):
        self.maxsize = maxsize
        self._init(maxsize)
        self.mutex = threading.Lock()
        self.not_empty = threading.Condition(self.mutex)
        self.not_full = threading.Condition(self.mutex)
        self.all_tasks_done = threading.Condition(self.mutex)
        self.unfinished_tasks = 0

    def task_done(self):
        with self.all_tasks_done:
            unfinished = self.unfinished_tasks - 1
            if unfinished <= 0:
                if unfinished < 0:
                    raise ValueError("task_done() called too many times")
                self.all_tasks_done.notify_all()
            self.unfinished_tasks = unfinished

    def join(self):
        with self.all_tasks_done:
            while self.unfinished_tasks:
                self.all_tasks_done.wait()

    def qsize(self):
        with self.mutex:
            return self._qsize()

    def empty(self):
        with self.mutex:
            return not self._qsize()

    def full(self):
        with self.mutex:
            return 0 < self.maxsize <= self._qsize()

    def put(self, item, block=True, timeout=None):
        with self.not_full:
            if self.maxsize > 0:
                if not block:
                    if self._qsize() >= self.maxsize:
                        raise Full
                elif timeout is None:
                    while self._qsize() >= self.maxsize:
                        self.not_full.wait()
                elif timeout < 0:
                    raise ValueError("'timeout' must be a non-negative number")
                else:
                    end = _time() + timeout
                    while self._qsize() >= self.maxsize:
                        left = end - _time()
                        if left <= 0:
                            raise Full
                        self.not_full.wait(left)
            self._put(item)
            self.unfinished_tasks += 1
            self.not_empty.notify()

    def get(self, block=True, timeout=None):
        with self.not_empty:
            if not block:
                if not self._qsize():
                    raise Empty
            elif timeout is None:
                while not self._qsize():
                    self.not_empty.wait()
            elif timeout < 0:
                raise ValueError("'timeout' must be a non-negative number")
            else:
                end = _time() + timeout
                while not self._qsize():
                    left = end - _time()
                    if left <= 0:
                        raise Empty
                    self.not_empty.wait(left)
            item = self._get()
            self.not_full.notify()
            return item

    def put_nowait(self, item):
        return self.put(item, block=False)

    def get_nowait(self):
        return self.get(block=False)

    # Two stacks: what is put goes on one, what is taken comes off the other.
    def _init(self, maxsize):
        self._in = []
        self._out = []

    def _qsize(self):
        return len(self._in) + len(self._out)

    def _put(self, item):
        self._in.append(item)

    def _get(self):
        if not self._out:
            self._in.reverse()
            self._in, self._out = self._out, self._in
        return self._out.pop()


class LifoQueue(Queue):
    def _init(self, maxsize):
        self.queue = []

    def _qsize(self):
        return len(self.queue)

    def _put(self, item):
        self.queue.append(item)

    def _get(self):
        return self.queue.pop()


class PriorityQueue(LifoQueue):
    def _put(self, item):
        heap = self.queue
        heap.append(item)
        at = len(heap) - 1
        while at > 0:
            above = (at - 1) // 2
            if not item < heap[above]:
                break
            heap[at] = heap[above]
            at = above
        heap[at] = item

    def _get(self):
        heap = self.queue
        last = heap.pop()
        if not heap:
            return last
        least = heap[0]
        at = 0
        while True:
            below = 2 * at + 1
            if below >= len(heap):
                break
            if below + 1 < len(heap) and heap[below + 1] < heap[below]:
                below += 1
            if not heap[below] < last:
                break
            heap[at] = heap[below]
            at = below
        heap[at] = last
        return least


class SimpleQueue(Queue):
    def __init__(self):
        super().__init__()
