"""How many rows of a list fall into each period, and the page that each of these begins on: for a scrubber."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

# From the finest on. A decade begins with a year that ends in 0, a century with one that ends in 00.
PERIODS = ("day", "month", "year", "decade", "century")
YEARS = {"year": 1, "decade": 10, "century": 100}
# The period that suits the list: see `fitting`.
AUTO = "auto"
# So many bars hold rows at most: to find each takes one look into an index, to count its rows up to 0.3 ms.
MOST_BARS = 400
# Rows of so few months are shown by day.
MOST_MONTHS_BY_DAY = 3

# Returns the time of the first row of each period that has rows, up to one more than MOST_BARS.
FindPeriods = Callable[[str], list[datetime]]


class TooManyPeriodsError(ValueError):
    """A histogram would have more bars than one answer holds."""


class Bar(NamedTuple):
    """One period that has rows. `position` counts from 1 in the list's order, `page` likewise."""

    start: datetime
    count: int
    position: int
    page: int


class Histogram(NamedTuple):
    """The bars of a list by one period, and how many rows there are."""

    by: str
    total: int
    bars: tuple[Bar, ...]


def begin(time: datetime, by: str) -> datetime:
    """Return the beginning of the period, in UTC; of the first decade and century the year 1."""
    day = time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if by == "day":
        return day
    if by == "month":
        return day.replace(day=1)
    return day.replace(day=1, month=1, year=max(day.year - day.year % YEARS[by], 1))


def following_sql(time: str, by: str) -> str:
    """Return SQL of the beginning of the next period, for SQL of a time."""
    utc = f"({time} AT TIME ZONE 'UTC')"
    if by in YEARS:
        years = f"{YEARS[by]} - mod(extract(year FROM {utc})::int, {YEARS[by]})"
        following = f"date_trunc('year', {utc}) + make_interval(years => {years})"
    else:
        following = f"date_trunc('{by}', {utc}) + interval '1 {by}'"
    return f"(({following}) AT TIME ZONE 'UTC')"


def fitting(by: str, find: FindPeriods) -> tuple[str, list[datetime]]:
    """Return a period and where the bars begin, the oldest first.

    AUTO is months; days if at most three months have rows, years, decades or centuries if there were too many bars.
    Raises TooManyPeriodsError.
    """
    if by != AUTO:
        return by, _starts(by, find(by))
    for fitting_period in PERIODS[PERIODS.index("month") :]:
        found = find(fitting_period)
        if len(found) <= MOST_BARS:
            break
    if fitting_period == "month" and 0 < len(found) <= MOST_MONTHS_BY_DAY:
        fitting_period, found = "day", find("day")
    return fitting_period, _starts(fitting_period, found)


def _starts(by: str, times: Sequence[datetime]) -> list[datetime]:
    if len(times) > MOST_BARS:
        raise TooManyPeriodsError
    return [begin(time, by) for time in times]


def bars(
    starts: Sequence[datetime], before: Sequence[int], *, size: int, total: int, is_descending: bool
) -> Iterator[Bar]:
    """Give a bar for each period, in the list's order; `before` are the rows before each start.

    All rows are in a bar: those that came since the periods were looked for are in the nearest.
    """
    ends = [0, *before[1:], total]
    spans = list(zip(starts, pairwise(ends), strict=True)) if starts else []
    for start, (first, behind) in reversed(spans) if is_descending else spans:
        if behind > first:
            position = total - behind if is_descending else first
            yield Bar(start, behind - first, position + 1, position // size + 1)
