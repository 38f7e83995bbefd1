"""What a walk found, collected from all its threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from time import perf_counter

# Of a list of differences, one is enough to begin with.
SHOWN = 5


@dataclass(frozen=True)
class Part:
    """The requests of one part of a walk, and its seconds."""

    requests: int
    seconds: float


@dataclass(frozen=True)
class Report:
    """What a walk found: `wrong` answers differ from SQL's, `errors` are no answers or of a status that is not due."""

    requests: int
    wrong: tuple[str, ...]
    errors: tuple[str, ...]
    seconds: float
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def is_right(self) -> bool:
        """Whether every answer came and equals SQL's."""
        return not self.wrong and not self.errors

    def __str__(self) -> str:
        counts = f"{self.requests:,} requests, {len(self.wrong)} wrong, {len(self.errors)} errors, {self.seconds:.1f} s"
        return "\n".join([counts, *self.wrong[:SHOWN], *self.errors[:SHOWN]])


class Record:
    """Counts requests and keeps what is wrong; any thread may write."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests = 0
        self._wrong: list[str] = []
        self._errors: list[str] = []
        self._parts: dict[str, Part] = {}
        self._began = perf_counter()

    def request(self) -> None:
        """Count a request."""
        with self._lock:
            self._requests += 1

    def error(self, path: str, reason: object) -> None:
        """Note a request without the answer that was due."""
        with self._lock:
            self._errors.append(f"{path}: {reason}")

    def compare(self, path: str, found: object, expected: object) -> None:
        """Note an answer that is not as it must be."""
        if found != expected:
            with self._lock:
                self._wrong.append(f"{path}: {_difference(found, expected)}")

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count requests and seconds of a part."""
        before, began = self._requests, perf_counter()
        yield
        self._parts[name] = Part(self._requests - before, perf_counter() - began)

    def report(self) -> Report:
        """Return what was found so far."""
        with self._lock:
            seconds = perf_counter() - self._began
            return Report(self._requests, tuple(self._wrong), tuple(self._errors), seconds, dict(self._parts))


def _difference(found: object, expected: object) -> str:
    """Return the first items in which two values differ, or both."""
    if isinstance(found, dict) and isinstance(expected, dict):
        names = [name for name in expected if found.get(name) != expected[name]]
        return "; ".join(f"{name}: {_difference(found.get(name), expected[name])}" for name in names)
    if isinstance(found, list) and isinstance(expected, list):
        pairs = enumerate(zip(found, expected, strict=False))
        place = next((place for place, (one, other) in pairs if one != other), min(len(found), len(expected)))
        one, other = found[place : place + 3], expected[place : place + 3]
        return f"{len(found)} and {len(expected)} items, from {place} on {one} is not {other}"
    return f"{found!r} is not {expected!r}"
