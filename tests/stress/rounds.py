"""Measuring side by side: a round asks everybody once, so that noise meets all alike; ratios are paired by round."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median, quantiles

from genonaut.progress import Progress
from tests.stress.servers import LONGEST_SECONDS, Reply

WARM_UP_ROUNDS = 3
FEWEST_ROUNDS = 3
# What takes longer than this is warm after one request.
SLOW_SECONDS = 1.0


@dataclass
class Samples:
    """The seconds of one thing, by round: None in a round that left it out. Not reached: `note` says why."""

    seconds: list[float | None] = field(default_factory=list)
    note: str = ""

    @property
    def taken(self) -> list[float]:
        """The seconds that were measured."""
        return [second for second in self.seconds if second is not None]


@dataclass(frozen=True)
class Spread:
    """A median with its quartiles."""

    median: float
    low: float
    high: float
    count: int


def spread_of(values: list[float]) -> Spread | None:
    """Return median and quartiles; None of nothing."""
    if not values:
        return None
    if len(values) == 1:
        return Spread(values[0], values[0], values[0], 1)
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return Spread(middle, low, high, len(values))


def ratio_of(samples: Samples, base: Samples) -> Spread | None:
    """Return how many times `base` the samples take, from the rounds that have both."""
    pairs = zip(samples.seconds, base.seconds, strict=False)
    return spread_of([one / other for one, other in pairs if one is not None and other is not None])


def interleaved(cells: Mapping[str, Callable[[], Reply]], *, rounds: int, cell_seconds: float) -> dict[str, Samples]:
    """Ask every cell once a round; a cell that has used up `cell_seconds` is left out after FEWEST_ROUNDS.

    A cell that answers anything but 200, or not within LONGEST_SECONDS, is not asked again and says so.
    """
    samples = {name: Samples() for name in cells}
    for name, ask in cells.items():
        warm_up(samples[name], ask)
    names = list(cells)
    with Progress(rounds, " rounds", print) as progress:
        for number in range(rounds):
            turn = number % len(names)
            for name in [*names[turn:], *names[:turn]]:
                take(samples[name], cells[name], cell_seconds)
            progress.advance(1)
    return samples


def warm_up(samples: Samples, ask: Callable[[], Reply]) -> None:
    """Ask a few times untimed, and learn whether there is an answer."""
    for _ in range(WARM_UP_ROUNDS):
        reply = ask()
        samples.note = note_of(reply)
        if samples.note or reply.seconds > SLOW_SECONDS:
            return


def take(samples: Samples, ask: Callable[[], Reply], cell_seconds: float) -> None:
    """Take one sample unless the cell is not reached or has used up its time."""
    taken = samples.taken
    if samples.note or (sum(taken) > cell_seconds and len(taken) >= FEWEST_ROUNDS):
        samples.seconds.append(None)
        return
    reply = ask()
    samples.note = note_of(reply)
    samples.seconds.append(None if samples.note else reply.seconds)


def note_of(reply: Reply) -> str:
    """Return why a reply is none; empty if it is one."""
    if reply.status == 200:
        return ""
    if not reply.status or (reply.status >= 500 and reply.seconds > LONGEST_SECONDS - 1):
        return f"over {LONGEST_SECONDS} s"
    return f"not reached ({reply.status})"


def middle(samples: Samples) -> float | None:
    """Return the median in seconds; None where nothing was measured."""
    return median(samples.taken) if samples.taken else None
