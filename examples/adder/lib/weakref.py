# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Weak references and tables. ref is the program's, over tarn's weak references."""
import atexit
from _thread import RLock
from _weakref import getweakrefcount, getweakrefs, ref

ReferenceType = ref


class WeakMethod:
    def __init__(self, method, callback=None):
        self._object = ref(method.__self__, callback and (lambda r: callback(self)))
        self._function = ref(method.__func__)

    def __call__(self):
        object = self._object()
        function = self._function()
        if object is None or function is None:
            return None
        return function.__get__(object)


class WeakValueDictionary:
    def __init__(self, other=(), /, **kwargs):
        self.data = data = {}

        def remove(entry):
            key = entries.pop(entry, remove)
            with lock:  # another thread may be giving the key a new entry
                if key is not remove and data.get(key) is entry:
                    data.pop(key, None)

        self._lock = lock = RLock()
        self._entries = entries = _IdentityTable()
        self._remove = remove
        self.update(other, **kwargs)

    def _store(self, key, value):
        entry = ref(value, self._remove)
        self._entries.put(entry, key)
        with self._lock:
            self.data[key] = entry

    def __setitem__(self, key, value):
        self._store(key, value)

    def __getitem__(self, key):
        value = self.data[key]()
        if value is None:
            raise KeyError(key)
        return value

    def __delitem__(self, key):
        del self.data[key]

    def __len__(self):
        return sum(1 for entry in list(self.data.values()) if entry() is not None)

    def __contains__(self, key):
        entry = self.data.get(key)
        return entry is not None and entry() is not None

    def __repr__(self):
        return f"<{type(self).__name__} at {id(self):#x}>"

    def __iter__(self):
        for key, entry in list(self.data.items()):
            if entry() is not None:
                yield key

    keys = __iter__

    def values(self):
        for entry in list(self.data.values()):
            value = entry()
            if value is not None:
                yield value

    itervalues = values

    def items(self):
        for key, entry in list(self.data.items()):
            value = entry()
            if value is not None:
                yield key, value

    def valuerefs(self):
        return list(self.data.values())

    def get(self, key, default=None):
        entry = self.data.get(key)
        value = entry() if entry is not None else None
        return default if value is None else value

    def pop(self, key, *default):
        entry = self.data.pop(key, None)
        value = entry() if entry is not None else None
        if value is None:
            if default:
                return default[0]
            raise KeyError(key)
        return value

    def popitem(self):
        while True:
            key, entry = self.data.popitem()
            value = entry()
            if value is not None:
                return key, value

    def setdefault(self, key, default=None):
        value = self.get(key)
        if value is None:
            self[key] = default
            return default
        return value

    def update(self, other=(), /, **kwargs):
        pairs = other.items() if hasattr(other, "items") else other
        for key, value in pairs:
            self[key] = value
        for key, value in kwargs.items():
            self[key] = value

    def clear(self):
        self.data.clear()

    def copy(self):
        return type(self)(self)


class _IdentityTable:
    """The key of each entry, by the entry's identity."""

    def __init__(self):
        self._keys = {}

    def put(self, entry, key):
        self._keys[id(entry)] = key

    def pop(self, entry, default):
        return self._keys.pop(id(entry), default)


class WeakKeyDictionary:
    def __init__(self, other=None):
        self.data = data = {}

        def remove(entry):
            data.pop(entry, None)

        self._remove = remove
        if other is not None:
            self.update(other)

    def __setitem__(self, key, value):
        self.data[ref(key, self._remove)] = value

    def __getitem__(self, key):
        return self.data[ref(key)]

    def __delitem__(self, key):
        del self.data[ref(key)]

    def __len__(self):
        return sum(1 for entry in list(self.data) if entry() is not None)

    def __contains__(self, key):
        try:
            return ref(key) in self.data
        except TypeError:
            return False

    def __repr__(self):
        return f"<{type(self).__name__} at {id(self):#x}>"

    def __iter__(self):
        for entry in list(self.data):
            key = entry()
            if key is not None:
                yield key

    keys = __iter__

    def values(self):
        for entry, value in list(self.data.items()):
            if entry() is not None:
                yield value

    def items(self):
        for entry, value in list(self.data.items()):
            key = entry()
            if key is not None:
                yield key, value

    def keyrefs(self):
        return list(self.data)

    def get(self, key, default=None):
        return self.data.get(ref(key), default)

    def pop(self, key, *default):
        return self.data.pop(ref(key), *default)

    def popitem(self):
        while True:
            entry, value = self.data.popitem()
            key = entry()
            if key is not None:
                return key, value

    def setdefault(self, key, default=None):
        return self.data.setdefault(ref(key, self._remove), default)

    def update(self, other=(), /):
        pairs = other.items() if hasattr(other, "items") else other
        for key, value in pairs:
            self[key] = value

    def clear(self):
        self.data.clear()

    def copy(self):
        return type(self)(self)


class WeakSet:
    def __init__(self, data=None):
        self.data = items = set()

        def remove(entry):
            items.discard(entry)

        self._remove = remove
        for item in data or ():
            self.add(item)

    def add(self, item):
        self.data.add(ref(item, self._remove))

    def discard(self, item):
        self.data.discard(ref(item))

    def remove(self, item):
        self.data.remove(ref(item))

    def __contains__(self, item):
        try:
            return ref(item) in self.data
        except TypeError:
            return False

    def __len__(self):
        return sum(1 for entry in list(self.data) if entry() is not None)

    def __iter__(self):
        for entry in list(self.data):
            item = entry()
            if item is not None:
                yield item

    def clear(self):
        self.data.clear()


class finalize:
    """Calls a function when an object dies, or at the end of the program."""

    __slots__ = ("__weakref__",)
    _registry = {}
    _count = 0
    _ended = False

    class _Info:
        __slots__ = ("weakref", "func", "args", "kwargs", "atexit", "index")

    def __init__(self, obj, func, /, *args, **kwargs):
        info = self._Info()
        info.weakref = ref(obj, self)
        info.func = func
        info.args = args
        info.kwargs = kwargs
        info.atexit = True
        finalize._count += 1
        info.index = finalize._count
        if finalize._count == 1:
            atexit.register(finalize._at_exit)
        self._registry[self] = info

    def __call__(self, _=None):
        info = self._registry.pop(self, None)
        if info and not finalize._ended:
            return info.func(*info.args, **info.kwargs)

    def detach(self):
        info = self._registry.get(self)
        obj = info and info.weakref()
        if obj is not None and self._registry.pop(self, None):
            return obj, info.func, info.args, info.kwargs

    def peek(self):
        info = self._registry.get(self)
        obj = info and info.weakref()
        if obj is not None:
            return obj, info.func, info.args, info.kwargs

    @property
    def alive(self):
        return self in self._registry

    @property
    def atexit(self):
        info = self._registry.get(self)
        return bool(info) and info.atexit

    @atexit.setter
    def atexit(self, value):
        info = self._registry.get(self)
        if info:
            info.atexit = bool(value)

    @classmethod
    def _at_exit(cls):
        pending = [(f, i) for f, i in cls._registry.items() if i.atexit]
        pending.sort(key=lambda entry: entry[1].index, reverse=True)
        for f, info in pending:
            f()
        finalize._ended = True
