"""Positions, histograms and dates: places in a list that only ranks can find."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.walk.context import Walk, expected_page, said_of
from tests.walk.lists import WalkedList

# Of days there may be more than a histogram has bars for.
PERIODS = ("month", "year", "decade", "century")


def positions(walk: Walk) -> None:
    """Ask where works stand in the lists that hold them."""
    random = Random(walk.plan.seed)
    asked = []
    for number in range(walk.plan.positions):
        walked = walk.lists[number % len(walk.lists)]
        if walk.ids[walked]:
            asked.append((check_position, walked, random.randrange(len(walk.ids[walked]))))
    walk.at_once(asked)


def check_position(walk: Walk, walked: WalkedList, place: int) -> None:
    """Compare the position of the work at a place, from 0."""
    ids, size = walk.ids[walked], walk.size_of(walked)
    path = walked.address(f"{ids[place]}/position/", page_size=size)
    found = walk.site.read(path, is_signed_in=walked.is_signed_in)
    if found is not None:
        said = (found["position"], found["page"], found["total_count"])
        walk.record.compare(path, said, (place + 1, place // size + 1, len(ids)))


def histograms(walk: Walk) -> None:
    """Ask for the histogram of each list by time, in both directions and by each period."""
    lists = [walked for walked in walk.lists if walked.is_by_time]
    days = {walked: walk.truth.days(walked) for walked in lists}
    cases = [(walked, order, by) for walked in lists for order in ("desc", "asc") for by in PERIODS]
    walk.at_once([(check_histogram, walked, order, by, days[walked]) for walked, order, by in cases])


def check_histogram(walk: Walk, walked: WalkedList, order: str, by: str, days: Counter[date]) -> None:
    """Compare a histogram's bars."""
    size = walk.size_of(walked)
    path = walked.address("histogram/", by=by, order=order, page_size=size)
    found = walk.site.read(path, is_signed_in=walked.is_signed_in)
    if found is not None:
        expected = {"by": by, "total_count": days.total(), "items": list(bars(days, by, order, size))}
        walk.record.compare(path, found, expected)


def bars(days: Counter[date], by: str, order: str, size: int) -> Iterator[dict[str, Any]]:
    """Yield the bars of a histogram."""
    counts: Counter[date] = Counter()
    for day, count in days.items():
        counts[start_of(day, by)] += count
    before = 0
    for start in sorted(counts, reverse=order == "desc"):
        yield {
            "start": start.isoformat(),
            "count": counts[start],
            "position": before + 1,
            "page": before // size + 1,
        }
        before += counts[start]


def start_of(day: date, by: str) -> date:
    """Return the first day of the period that holds a day."""
    if by == "month":
        return day.replace(day=1)
    years = {"year": 1, "decade": 10, "century": 100}[by]
    return date(max(1, day.year // years * years), 1, 1)


def dates(walk: Walk) -> None:
    """Ask for the pages of dates, in both directions: days with works, days without, days beyond the list."""
    random = Random(walk.plan.seed)
    lists = [walked for walked in walk.lists if walked.is_by_time and walk.ids[walked]]
    asked = []
    for walked in lists:
        days = walk.truth.days(walked)
        first, span = min(days) - timedelta(days=20), (max(days) - min(days)).days + 40
        for number in range(-(-walk.plan.dates // len(lists))):
            day = first + timedelta(days=random.randrange(span))
            asked.append((check_date, walked, ("desc", "asc")[number % 2], day, days))
    walk.at_once(asked)


def check_date(walk: Walk, walked: WalkedList, order: str, day: date, days: Counter[date]) -> None:
    """Compare the page of a day: that of its first work in the list's direction, or of the next."""
    size = walk.size_of(walked)
    is_passed = (lambda other: other > day) if order == "desc" else (lambda other: other < day)
    before = sum(count for other, count in days.items() if is_passed(other))
    ids = walk.ids[walked] if order == "desc" else walk.ids[walked][::-1]
    path = walked.address(at=day.isoformat(), order=order, page_size=size)
    found = walk.site.read(path, is_signed_in=walked.is_signed_in)
    if found is not None:
        number = min(before, len(ids) - 1) // size + 1
        walk.record.compare(path, found["pagination"]["page"], number)
        walk.record.compare(path, said_of(found), expected_page(ids, number, size))
