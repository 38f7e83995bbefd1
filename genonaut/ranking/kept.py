"""What was made once and is used again, as far as it was used lately."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Values by key; the one that was not used for longest makes room for a new one. Threads may share it.

    Unlike lru_cache it holds on to nothing but keys and values: what a value is made from, a request say, may go.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.values: OrderedDict[Hashable, Value] = OrderedDict()
        self.guard = Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key, made if it is not there. Two threads may both make it: one value is as good."""
        with self.guard:
            if key in self.values:
                self.values.move_to_end(key)
                return self.values[key]
        made = make()
        with self.guard:
            self.values[key] = made
            while len(self.values) > self.most:
                self.values.popitem(last=False)
        return made
