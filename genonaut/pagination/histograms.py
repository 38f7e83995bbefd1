"""How many rows of a list fall into each day, month or year, and on which page each of these begins: for a scrubber."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PERIODS = ("month", "year", "day")
# A year of days, or 33 years of months: each costs up to a third of a millisecond of the database.
MOST_PERIODS = 400


class TooManyPeriodsError(ValueError):
    """A histogram would have more bars than one answer holds."""


@dataclass(frozen=True)
class Bar:
    """One period that has rows. `position` counts from 1 in the list's order, `page` likewise."""

    start: datetime
    count: int
    position: int
    page: int


def begin(moment: datetime, by: str) -> datetime:
    """Return the beginning of the day, month or year, in UTC."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day if by == "day" else day.replace(day=1) if by == "month" else day.replace(day=1, month=1)


def following(start: datetime, by: str) -> datetime:
    """Return the beginning of the next period. Raises OverflowError behind the last there is."""
    if by == "day":
        return start + timedelta(days=1)
    # 32 days on is in the next month, 367 in the next year.
    return begin(start + timedelta(days=32 if by == "month" else 367), by)


def boundaries(oldest: datetime, newest: datetime, by: str) -> list[datetime]:
    """Return where the periods from the oldest row's to the newest row's begin, and where the last one ends.

    Raises TooManyPeriodsError.
    """
    found = [begin(oldest, by)]
    while found[-1] <= newest:
        if len(found) > MOST_PERIODS:
            raise TooManyPeriodsError
        found.append(following(found[-1], by))
    return found


def bars(
    starts: Sequence[datetime], counts: Sequence[int], *, size: int, total: int, is_descending: bool
) -> Iterator[Bar]:
    """Give a bar for each period with rows, in the list's order; `counts` are the rows before each boundary."""
    spans = list(zip(starts, counts, counts[1:], strict=False))
    for start, before, upto in reversed(spans) if is_descending else spans:
        if upto > before:
            first = total - upto if is_descending else before
            yield Bar(start, upto - before, first + 1, first // size + 1)
