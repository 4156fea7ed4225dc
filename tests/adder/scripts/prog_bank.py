# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# A program: accounts, a ledger, properties, own exceptions, context managers.
class BankError(Exception): pass
class Insufficient(BankError):
    def __init__(self, account, wanted):
        super().__init__(f"{account.owner} has {account.balance}, wanted {wanted}")
        self.short = wanted - account.balance
class Account:
    __slots__ = ("owner", "_balance", "history")
    count = 0
    def __init__(self, owner, balance=0):
        self.owner, self._balance, self.history = owner, balance, []
        Account.count += 1
    @property
    def balance(self): return self._balance
    @balance.setter
    def balance(self, value):
        if value < 0: raise Insufficient(self, self._balance - value)
        self.history.append(value - self._balance)
        self._balance = value
    def __repr__(self): return f"{type(self).__name__}({self.owner!r}, {self.balance})"
    def __lt__(self, other): return self.balance < other.balance
    def __iadd__(self, n):
        self.balance += n
        return self
    def __isub__(self, n):
        self.balance -= n
        return self
class Savings(Account):
    rate = 5
    def interest(self): self.balance += self.balance * self.rate // 100
class Transfer:
    def __init__(self, *accounts): self.accounts = accounts
    def __enter__(self):
        self.before = [(a, a.balance, len(a.history)) for a in self.accounts]
        return self
    def __exit__(self, kind, value, tb):
        if kind is not None and issubclass(kind, BankError):
            for a, balance, n in self.before:
                a._balance = balance
                del a.history[n:]
            print("rolled back:", value)
            return True
a, b, s = Account("ann", 100), Account("bob", 50), Savings("sue", 1000)
with Transfer(a, b):
    b += 30
    a -= 30
print(a, b)
with Transfer(a, b):
    b += 500
    a -= 500
print(a, b, a.history, b.history)
s.interest()
s.interest()
print(s, s.history, min(a, b, s), sorted([s, a, b]), Account.count)
try:
    a -= 1000
except BankError as e:
    print(type(e).__name__, e, e.short)
try:
    with Transfer(a):
        a.note = "x"
except AttributeError as e:
    print(e)
for account in (a, b, s):
    print(f"{account.owner:>5}|{account.balance:08,d}|{len(account.history):^3}|")
