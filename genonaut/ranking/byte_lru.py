"""A least-recently-used cache that is bounded by bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from sys import getsizeof
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")

# The most that an entry takes in addition to its key and value.
ENTRY_BYTES = 500


class ByteLRU(Generic[Value]):
    """Values by key, up to `most_bytes`; the least recently used one is evicted for a new one.

    Threads may share it. Unlike lru_cache it holds only keys and values, and not the arguments that a value is made
    from (a request, say). It is bounded by bytes and not by entries: clients choose how long and how many those are.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self.values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self.guard = Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key, made if it is not there. Two threads may both make it."""
        with self.guard:
            if key in self.values:
                self.values.move_to_end(key)
                return self.values[key][0]
        made = make()
        size = weight(key) + weight(made) + ENTRY_BYTES
        with self.guard:
            self.bytes += size - self.values.pop(key, (made, 0))[1]
            self.values[key] = (made, size)
            while self.bytes > self.most_bytes:
                self.bytes -= self.values.popitem(last=False)[1][1]
        return made


def weight(thing: object) -> int:
    """Return about how many bytes a thing of texts, numbers, classes and tuples of them takes: never far too few."""
    if isinstance(thing, type):
        return 0
    if isinstance(thing, tuple | list):
        return getsizeof(thing) + sum(map(weight, thing))
    return getsizeof(thing)
