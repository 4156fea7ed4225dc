# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""One-way constraints of several strengths, planned as they come: objects, lists, dispatch."""
from harness import run

REQUIRED, STRONG, NORMAL, WEAK = 0, 1, 2, 3


class Variable:
    def __init__(self, value):
        self.value = value
        self.constraints = []
        self.determined = None
        self.strength = WEAK + 1
        self.mark = 0
        self.stay = True


class Constraint:
    def __init__(self, planner, strength):
        self.planner = planner
        self.strength = strength

    def attach(self):
        for v in self.variables():
            v.constraints.append(self)
        self.planner.incremental_add(self)

    def destroy(self):
        for v in self.variables():
            v.constraints.remove(self)
        if self.chosen():
            out = self.output()
            self.forget()
            out.determined = None
            out.strength = WEAK + 1
            for c in self.planner.repropose(out):
                self.planner.incremental_add(c)


class Edit(Constraint):
    def __init__(self, planner, variable, strength):
        super().__init__(planner, strength)
        self.out = variable
        self.active = False
        self.attach()

    def variables(self):
        return [self.out]

    def output(self):
        return self.out

    def inputs(self):
        return ()

    def choose(self, mark):
        self.active = self.out.mark != mark and self.strength < self.out.strength
        return self.active

    def chosen(self):
        return self.active

    def forget(self):
        self.active = False

    def execute(self):
        pass


class Scale(Constraint):
    """out = source * factor + offset, either way round."""

    def __init__(self, planner, source, factor, offset, out, strength):
        super().__init__(planner, strength)
        self.a = source
        self.b = out
        self.factor = factor
        self.offset = offset
        self.direction = None
        self.attach()

    def variables(self):
        return [self.a, self.b, self.factor, self.offset]

    def output(self):
        return self.b if self.direction == "forward" else self.a

    def inputs(self):
        return (self.a if self.direction == "forward" else self.b, self.factor, self.offset)

    def choose(self, mark):
        self.direction = None
        if self.b.mark != mark and self.strength < self.b.strength:
            self.direction = "forward"
        elif self.a.mark != mark and self.strength < self.a.strength:
            self.direction = "backward"
        return self.direction is not None

    def chosen(self):
        return self.direction is not None

    def forget(self):
        self.direction = None

    def execute(self):
        if self.direction == "forward":
            self.b.value = self.a.value * self.factor.value + self.offset.value
        else:
            self.a.value = (self.b.value - self.offset.value) // self.factor.value


class Planner:
    def __init__(self):
        self.current = 0

    def new_mark(self):
        self.current += 1
        return self.current

    def incremental_add(self, constraint):
        mark = self.new_mark()
        while constraint is not None:
            constraint = self.satisfy(constraint, mark)

    def satisfy(self, constraint, mark):
        if not constraint.choose(mark):
            return None
        out = constraint.output()
        overridden = out.determined
        if overridden is not None:
            overridden.forget()
        out.determined = constraint
        self.propagate(constraint, mark)
        out.mark = mark
        return overridden

    def propagate(self, constraint, mark):
        todo = [constraint]
        while todo:
            c = todo.pop()
            out = c.output()
            weakest = c.strength
            for v in c.inputs():
                if v.strength > weakest:
                    weakest = v.strength
            out.strength = weakest
            c.execute()
            for other in out.constraints:
                if other is not c and other.chosen() and other.output() is not out:
                    todo.append(other)

    def repropose(self, out):
        found = [c for c in out.constraints if not c.chosen()]
        found.sort(key=lambda c: c.strength)
        return found

    def plan(self, sources):
        mark = self.new_mark()
        todo = list(sources)
        plan = []
        while todo:
            c = todo.pop()
            out = c.output()
            if out.mark == mark:
                continue
            plan.append(c)
            out.mark = mark
            for other in out.constraints:
                if other.chosen() and other.output() is not out:
                    todo.append(other)
        return plan


def chain(length, rounds):
    planner = Planner()
    one, zero = Variable(1), Variable(0)
    variables = [Variable(i) for i in range(length + 1)]
    for i in range(length):
        Scale(planner, variables[i], one, zero, variables[i + 1], REQUIRED)
    total = 0
    for r in range(rounds):
        edit = Edit(planner, variables[0], STRONG)
        plan = planner.plan([edit])
        for value in range(10):
            variables[0].value = value + r
            for c in plan:
                c.execute()
            total += variables[-1].value
        edit.destroy()
    return total


def projection(count):
    planner = Planner()
    scale, offset = Variable(10), Variable(1000)
    targets = []
    for i in range(count):
        source, target = Variable(i), Variable(i)
        Edit(planner, source, NORMAL)
        Scale(planner, source, scale, offset, target, REQUIRED)
        targets.append((source, target))
    total = 0
    for source, target in targets[::10]:
        edit = Edit(planner, source, STRONG)
        source.value += 7
        for c in planner.plan([edit]):
            c.execute()
        total += target.value
        edit.destroy()
    return total


def work():
    return [chain(800, 160), projection(18000)]


run(work)
