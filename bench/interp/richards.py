# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""A scheduler of tasks that pass packets: methods, attributes, dispatch by class."""
from harness import run

DEVICE, WORK = 0, 1
IDLE_ROUNDS = 15000


class Packet:
    def __init__(self, link, owner, kind):
        self.link = link
        self.owner = owner
        self.kind = kind
        self.value = 0
        self.data = [0] * 4

    def append_to(self, queue):
        self.link = None
        if queue is None:
            return self
        last = queue
        while last.link is not None:
            last = last.link
        last.link = self
        return queue


class Task:
    def __init__(self, scheduler, name, priority, queue, ready):
        self.scheduler = scheduler
        self.name = name
        self.priority = priority
        self.input = queue
        self.ready = ready
        self.held = False
        self.next = scheduler.tasks
        scheduler.tasks = self
        scheduler.table[name] = self

    def add_packet(self, packet, old):
        if self.input is None:
            self.input = packet
            if self.priority > old.priority:
                return self
        else:
            packet.append_to(self.input)
        return old

    def runnable(self):
        return not self.held and (self.ready or self.input is not None)

    def run_task(self):
        packet = self.input
        if packet is not None:
            self.input = packet.link
        self.ready = True
        return self.step(packet)


class Idle(Task):
    def __init__(self, scheduler, name, count):
        super().__init__(scheduler, name, 0, None, True)
        self.count = count
        self.control = 1

    def step(self, packet):
        self.count -= 1
        if self.count == 0:
            return self.scheduler.hold(self)
        if self.control & 1 == 0:
            self.control //= 2
            return self.scheduler.release("device a")
        self.control = self.control // 2 ^ 0xD008
        return self.scheduler.release("device b")


class Worker(Task):
    def __init__(self, scheduler, name, priority, queue):
        super().__init__(scheduler, name, priority, queue, True)
        self.to = "handler a"
        self.count = 0

    def step(self, packet):
        if packet is None:
            return self.scheduler.wait(self)
        self.to = "handler b" if self.to == "handler a" else "handler a"
        packet.owner = self.to
        packet.value = 0
        for i in range(4):
            self.count = self.count % 26 + 1
            packet.data[i] = self.count
        return self.scheduler.send(packet, self)


class Handler(Task):
    def __init__(self, scheduler, name, priority, queue, device):
        super().__init__(scheduler, name, priority, queue, True)
        self.work = None
        self.devices = None
        self.device = device

    def step(self, packet):
        if packet is not None:
            if packet.kind == WORK:
                self.work = packet.append_to(self.work)
            else:
                self.devices = packet.append_to(self.devices)
        work = self.work
        if work is not None:
            if work.value >= 4:
                self.work = work.link
                work.owner = "worker"
                return self.scheduler.send(work, self)
            device = self.devices
            if device is not None:
                self.devices = device.link
                device.value = work.data[work.value]
                work.value += 1
                device.owner = self.device
                return self.scheduler.send(device, self)
        return self.scheduler.wait(self)


class Device(Task):
    def __init__(self, scheduler, name, priority):
        super().__init__(scheduler, name, priority, None, False)
        self.pending = None
        self.home = "handler a" if name == "device a" else "handler b"

    def step(self, packet):
        if packet is not None:
            self.pending = packet
            return self.scheduler.hold(self)
        if self.pending is None:
            return self.scheduler.wait(self)
        packet, self.pending = self.pending, None
        packet.owner = self.home
        return self.scheduler.send(packet, self)


class Scheduler:
    def __init__(self):
        self.tasks = None
        self.table = {}
        self.sent = 0
        self.holds = 0

    def hold(self, task):
        self.holds += 1
        task.held = True
        return task.next

    def release(self, name):
        task = self.table[name]
        task.held = False
        return task

    def wait(self, task):
        task.ready = False
        return task

    def send(self, packet, task):
        self.sent += 1
        target = self.table[packet.owner]
        packet.link = None
        return target.add_packet(packet, task)

    def loop(self):
        task = self.tasks
        while task is not None:
            task = task.run_task() if task.runnable() else task.next


def work():
    totals = []
    for _ in range(5):
        s = Scheduler()
        Idle(s, "idle", IDLE_ROUNDS)
        queue = Packet(Packet(None, "worker", WORK), "worker", WORK)
        Worker(s, "worker", 1000, queue)
        for letter in "ab":
            queue = None
            for _ in range(3):
                queue = Packet(queue, "device " + letter, DEVICE)
            Handler(s, "handler " + letter, 2000, queue, "device " + letter)
        Device(s, "device a", 4000)
        Device(s, "device b", 5000)
        s.loop()
        totals.append((s.sent, s.holds))
    return totals


run(work)
