"""Gauges that are read from the database, which packages register in `ready`, as panels of the operators' page.

    SOURCES["generation"] = import_string("generation.gauges.SOURCE")

Any process answers for all of them, workers too. Each source takes a fixed number of queries of few rows; labels have
few values. One that fails is left out, and `genonaut_source_up` says so.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from prometheus_client.core import GaugeMetricFamily

from genonaut.database import time_limit
from genonaut.monitoring.remembered import Remembered

# For each statement of a source; and between two readings, however many ask.
SECONDS, EVERY_SECONDS = 2.0, 5.0
UP = "genonaut_source_up"

logger = logging.getLogger(__name__)


class Sample(NamedTuple):
    """A value of a gauge, and the values of its labels in their order."""

    gauge: str
    value: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gauge:
    """The name of a gauge, what it says, and the names of its labels."""

    name: str
    text: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """Gauges that are read together, in a transaction unless they ask no database."""

    gauges: tuple[Gauge, ...]
    read: Callable[[], Iterable[Sample]]
    asks_database: bool = True


SOURCES: dict[str, Source] = {}


def families() -> list[GaugeMetricFamily]:
    """Return all gauges with their samples, as prometheus_client has them."""
    return _remembered()


def _read_all() -> list[GaugeMetricFamily]:
    up = GaugeMetricFamily(UP, "Whether the gauges of a source could be read.", labels=("source",))
    found = [up]
    for name, source in SOURCES.items():
        read = list(_read(name, source))
        up.add_metric((name,), float(bool(read)))
        found += read
    return found


_remembered = Remembered(_read_all, EVERY_SECONDS)
forget = _remembered.forget


def _read(name: str, source: Source) -> Iterator[GaugeMetricFamily]:
    """Yield the gauges of a source; none if it fails. In a transaction of its own, if it asks the database."""
    token = time_limit.seconds.set(SECONDS)
    try:
        with transaction.atomic() if source.asks_database else nullcontext():
            samples = list(source.read())
    except Exception as error:
        logger.warning("The gauges of %s could not be read: %s", name, type(error).__name__)
        return
    finally:
        time_limit.seconds.reset(token)
    for gauge in source.gauges:
        family = GaugeMetricFamily(gauge.name, gauge.text, labels=gauge.labels)
        for sample in samples:
            if sample.gauge == gauge.name:
                family.add_metric(sample.labels, sample.value)
        yield family
