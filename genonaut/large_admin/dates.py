"""Years, months and days to which a changelist is narrowed, and how many rows each has."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from genonaut.pagination.ranked import RankedPages
from genonaut.ranking import KeyBound

UNITS = ("year", "month", "day")
LONGEST_MONTH = timedelta(days=31)
# The last moment of the calendar: the one that the last year, month and day end with, not before.
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
# Each boundary costs up to a millisecond, so years that lie further apart are looked for in several steps.
MOST_YEARS = 50


@dataclass(frozen=True)
class Period:
    """A year, a month or a day of the site's time zone. Raises ValueError where there is none such."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.day is not None and self.month is None:
            raise ValueError("A day needs its month.")
        self._midnight()

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Period | None":
        """Return the period of numbers in digits by unit; None where there are none. Raises ValueError."""
        if not all(text.isascii() and text.isdigit() and len(text) <= len(str(MAXYEAR)) for text in given.values()):
            raise ValueError("Not a number.")
        if given and "year" not in given:
            raise ValueError("A month needs its year.")
        return cls(**{unit: int(text) for unit, text in given.items()}) if given else None

    def __str__(self) -> str:
        if self.month is None:
            return str(self.year)
        return date_format(self.start, "F" if self.day is None else "j F")

    @property
    def numbers(self) -> dict[str, int]:
        """Its numbers by unit."""
        return {unit: number for unit in UNITS if (number := getattr(self, unit)) is not None}

    @property
    def start(self) -> datetime:
        """The time at which it begins."""
        return timezone.make_aware(self._midnight())

    @property
    def end(self) -> datetime:
        """The time at which the next one begins; END_OF_TIME if there is none."""
        first = self._midnight()
        try:
            if self.day is not None:
                following = first + timedelta(days=1)
            elif self.month is not None:
                following = (first + LONGEST_MONTH).replace(day=1)
            else:
                following = first.replace(year=self.year + 1)
        except (OverflowError, ValueError):  # the end of time
            return END_OF_TIME
        return timezone.make_aware(following)

    @property
    def path(self) -> list["Period"]:
        """The periods around it, from its year down to itself."""
        numbers = list(self.numbers.values())
        return [Period(*numbers[:length]) for length in range(1, len(numbers) + 1)]

    @property
    def parts(self) -> list["Period"]:
        """The months of a year, or the days of a month."""
        if self.month is None:
            return [Period(self.year, month) for month in range(1, 13)]
        if self.day is None:
            return [Period(self.year, self.month, day + 1) for day in range(monthrange(self.year, self.month)[1])]
        return []

    def _midnight(self) -> datetime:
        return datetime(self.year, self.month or 1, self.day or 1)


@dataclass(frozen=True)
class Span:
    """The times of a period in one field."""

    field: str
    period: Period

    @property
    def condition(self) -> Q:
        """The condition of its rows."""
        end = self.period.end
        before_end = "lte" if end == END_OF_TIME else "lt"
        return Q(**{f"{self.field}__gte": self.period.start, f"{self.field}__{before_end}": end})

    @property
    def key_bounds(self) -> tuple[KeyBound, KeyBound]:
        """The same as bounds of a ranking by that field."""
        return _key_bound(self.period.start), _key_bound(self.period.end)


def _key_bound(time: datetime) -> KeyBound:
    """Return the bound before the rows of a time; behind them at the end of time."""
    return KeyBound((time,), after=time == END_OF_TIME)


Counted = list[tuple[Period, int]]


def counted_parts(pages: RankedPages, period: Period | None) -> Counted:
    """Return the parts of a period that have rows of a list by time, with how many; of all time, the years.

    One query; two for the years, some more where they are centuries apart.
    """
    if period is not None:
        return _counted(pages, [(part, part.end) for part in period.parts])
    ends = pages.ends()
    if ends is None:
        return []
    first, last = (timezone.localtime(time).year for time in ends)
    step = 1
    while (last - first) // step >= MOST_YEARS:
        step *= MOST_YEARS
    starts: Sequence[int] = range(first, last + 1, step)
    while step > 1:
        found = _counted(pages, [(Period(year), Period(min(year + step, last + 1) - 1).end) for year in starts])
        smaller = step // MOST_YEARS
        starts = [year for start, _ in found for year in range(start.year, min(start.year + step, last + 1), smaller)]
        step = smaller
    return _counted(pages, [(Period(year), Period(year).end) for year in starts])


def _counted(pages: RankedPages, spans: Sequence[tuple[Period, datetime]]) -> Counted:
    """Return those of some spans, each from a period's start to a time, that have rows, with how many. One query."""
    if not spans:
        return []
    times = sorted({time for period, end in spans for time in (period.start, end)})
    counts, _ = pages.counts_before([_key_bound(time) for time in times])
    before = dict(zip(times, counts, strict=True))
    return [(period, count) for period, end in spans if (count := before[end] - before[period.start])]
