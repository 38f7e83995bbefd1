"""Panels of the operators' page, which apps register in `ready`, and their reading: one that fails leaves the others.

    PANELS["Moderation"] = import_string("moderation.status.reports_panel")

Each takes a fixed number of queries, and each query is answered by an index, a ranking or PostgreSQL's catalog.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from django.db import transaction
from django.utils.text import slugify

from genonaut.database import time_limit

# For each statement of a panel.
SECONDS = 2.0
BAR_WIDTH, BAR_GAP, CHART_HEIGHT = 20, 4, 48

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fact:
    """One value and its name; `address` is the page that shows more of it."""

    name: str
    value: str
    is_warning: bool = False
    address: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of texts below a head."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class Bar:
    """A bar of a chart, in the chart's units. Texts, since templates would group the digits of numbers."""

    label: str
    count: int
    x: str
    y: str
    height: str


@dataclass(frozen=True)
class Chart:
    """Numbers by day, drawn as bars."""

    name: str
    days: Sequence[tuple[str, int]]

    @property
    def bars(self) -> list[Bar]:
        """The bars; the highest is as high as the chart, and any number but 0 is seen."""
        highest = max((count for _, count in self.days), default=0)
        heights = [round(CHART_HEIGHT * count / highest) or min(count, 1) if highest else 0 for _, count in self.days]
        return [
            Bar(day, count, str(number * (BAR_WIDTH + BAR_GAP)), str(CHART_HEIGHT - height), str(height))
            for number, ((day, count), height) in enumerate(zip(self.days, heights, strict=True))
        ]

    @property
    def width(self) -> str:
        """The width of the whole chart."""
        return str(len(self.days) * (BAR_WIDTH + BAR_GAP))

    @property
    def total(self) -> int:
        """The sum of all days."""
        return sum(count for _, count in self.days)


@dataclass(frozen=True)
class Contents:
    """What a panel shows."""

    facts: Sequence[Fact] = ()
    tables: Sequence[Table] = ()
    charts: Sequence[Chart] = ()


@dataclass(frozen=True)
class Panel:
    """A panel as it was read; without contents it says why."""

    title: str
    contents: Contents = field(default_factory=Contents)
    error: str = ""

    @property
    def anchor(self) -> str:
        """Its name in the page's address."""
        return slugify(self.title)

    @property
    def warnings(self) -> list[Fact]:
        """The facts that need a look."""
        failed = [Fact(self.title, self.error, is_warning=True)] if self.error else []
        return failed + [fact for fact in self.contents.facts if fact.is_warning]


# The readers of all panels, by title.
PANELS: dict[str, Callable[[], Contents]] = {}


def read_panels() -> list[Panel]:
    """Read all panels. Never raises but for a connection that is gone."""
    return [read_panel(title) for title in PANELS]


def read_panel(title: str) -> Panel:
    """Read one panel in a transaction of its own, each statement within SECONDS; an error becomes its contents."""
    token = time_limit.seconds.set(SECONDS)
    try:
        with transaction.atomic():
            return Panel(title, PANELS[title]())
    except Exception as error:
        logger.warning("The panel %r of the operators' page failed.", title, exc_info=True)
        return Panel(title, error=first_line(error))
    finally:
        time_limit.seconds.reset(token)


def first_line(error: BaseException) -> str:
    """Return the kind of an error and the first line of what it says; further lines of PostgreSQL's quote rows."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def warnings_of(panels: Sequence[Panel]) -> list[tuple[Panel, Fact]]:
    """Return all that needs a look, each with its panel."""
    return list(chain.from_iterable([(panel, fact) for fact in panel.warnings] for panel in panels))
