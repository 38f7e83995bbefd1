"""The panel of traffic: what the processes of this machine counted since they began, as /metrics has it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import inf
from typing import NamedTuple

from prometheus_client import Metric

from genonaut.monitoring.exposition import counted
from genonaut.status.panels import Contents, Fact, Table

MOST_ENDPOINTS = 15
# Of all answers.
MANY_FAULTS = 0.01


class Timing(NamedTuple):
    """Requests of a kind: how many, their mean, and below what nineteen of twenty are, in seconds."""

    count: int
    mean: float
    p95: float

    @property
    def texts(self) -> tuple[str, str, str]:
        """The numbers as a row shows them."""
        return f"{self.count:,}", f"{self.mean * 1000:,.0f} ms", f"{self.p95 * 1000:,.0f} ms"


def traffic_panel() -> Contents:
    """Return requests by endpoint and way of reading, and what was refused. No query; reads files of metrics."""
    found = {metric.name: metric for metric in counted()}
    requests = sums(found, "genonaut_requests", "status")
    total = sum(requests.values())
    faults = sum(count for status, count in requests.items() if status.startswith("5") and status != "503")
    waited = sum(sums(found, "genonaut_pool_wait_seconds", "database").values())
    cache = sums(found, "genonaut_page_cache_events", "event")
    facts = [
        Fact("Requests", f"{total:,.0f}"),
        Fact("Faults (500)", f"{faults:,.0f}", is_warning=total > 0 and faults > MANY_FAULTS * total),
        Fact("Time that threads waited for a connection", f"{waited:,.1f} s"),
        Fact("Slow statements", f"{sum(sums(found, 'genonaut_slow_statements').values()):,.0f}"),
        Fact("Hits of browsers' page caches", _share(cache.get("hits", 0), cache.get("misses", 0))),
    ]
    endpoints = sorted(timings(found, "endpoint").items(), key=lambda item: -item[1].count * item[1].mean)
    tables = [
        _timed("Views that take the most time", "View", endpoints[:MOST_ENDPOINTS]),
        _timed("Ways of reading", "Way", sorted(timings(found, "reading").items())),
        _counts("Answers by status", "Status", requests),
        _counts("Answers of 503 by cause", "Cause", sums(found, "genonaut_unavailable", "cause")),
    ]
    return Contents(facts, [table for table in tables if table.rows])


def sums(found: Mapping[str, Metric], name: str, label: str = "") -> dict[str, float]:
    """Return the sums of a counter by the values of a label."""
    by_value: dict[str, float] = defaultdict(float)
    for sample in found[name].samples if name in found else ():
        if sample.name == f"{name}_total":
            by_value[sample.labels.get(label, "")] += sample.value
    return dict(by_value)


def timings(found: Mapping[str, Metric], label: str) -> dict[str, Timing]:
    """Return the timings of requests by the values of a label."""
    buckets: dict[str, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    seconds: dict[str, float] = defaultdict(float)
    for sample in found["genonaut_request_seconds"].samples if "genonaut_request_seconds" in found else ():
        value = sample.labels[label]
        if sample.name.endswith("_bucket"):
            buckets[value][float(sample.labels["le"])] += sample.value
        elif sample.name.endswith("_sum"):
            seconds[value] += sample.value
    return {value: _timing(by_bound, seconds[value]) for value, by_bound in buckets.items() if max(by_bound.values())}


def _timing(by_bound: Mapping[float, float], seconds: float) -> Timing:
    """Return the timing of a histogram; the percentile lies on a line between the bounds of its bucket."""
    count = max(by_bound.values())
    wanted, lower, below = 0.95 * count, 0.0, 0.0
    for bound, cumulated in sorted(by_bound.items()):
        if cumulated >= wanted:
            # Of the last bucket no end is known.
            end = lower if bound == inf else bound
            lower += (wanted - below) / (cumulated - below) * (end - lower)
            break
        lower, below = bound, cumulated
    return Timing(round(count), seconds / count, lower)


def _share(hits: float, misses: float) -> str:
    return f"{hits / (hits + misses):.0%} of {hits + misses:,.0f}" if hits + misses else "none counted"


def _timed(name: str, head: str, rows: Iterable[tuple[str, Timing]]) -> Table:
    return Table(name, (head, "Requests", "Mean", "95% below"), [(value, *timing.texts) for value, timing in rows])


def _counts(name: str, head: str, by_value: Mapping[str, float]) -> Table:
    return Table(name, (head, "Answers"), [(value, f"{count:,.0f}") for value, count in sorted(by_value.items())])
