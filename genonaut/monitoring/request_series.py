"""What requests of one kind took, added up in the memory of this process until it is published."""

from bisect import bisect_left
from functools import cache
from threading import Lock

from django.http import HttpRequest

from genonaut.database.statements import Tally
from genonaut.monitoring.metrics import DATABASE_SECONDS, REQUEST_SECONDS, REQUESTS, SECONDS, STATEMENTS

# What this process answers now.
under_way: set[HttpRequest] = set()


class RequestSeries:
    """The sums of one kind of request since they were published.

    A request adds to numbers. To add to five series in shared memory, by prometheus_client, takes three times as long.
    """

    def __init__(self, endpoint: str, method: str, status: int, reading: str) -> None:
        self._answers = REQUESTS.labels(endpoint, method, status)
        self._timed = REQUEST_SECONDS.labels(endpoint, reading)
        self._endpoint = endpoint
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        self._buckets = [0] * (len(SECONDS) + 1)
        self._seconds = self._database_seconds = 0.0
        self._statements = 0

    def add(self, seconds: float, tally: Tally) -> None:
        """Count a request."""
        bucket = bisect_left(SECONDS, seconds)
        with self._lock:
            self._buckets[bucket] += 1
            self._seconds += seconds
            self._database_seconds += tally.seconds
            self._statements += tally.count

    def publish(self) -> None:
        """Add the sums to the series. Views that ask the database nothing have none of statements."""
        with self._lock:
            buckets, seconds = self._buckets, self._seconds
            database_seconds, statements = self._database_seconds, self._statements
            self._forget()
        for index, count in enumerate(buckets):
            if count:
                # A histogram's own `observe` takes one at a time.
                self._timed._buckets[index].inc(count)
        if any(buckets):
            self._answers.inc(sum(buckets))
            self._timed._sum.inc(seconds)
        if statements:
            DATABASE_SECONDS.labels(self._endpoint).inc(database_seconds)
            STATEMENTS.labels(self._endpoint).inc(statements)


_every: list[RequestSeries] = []


# There are few kinds, whatever clients send.
@cache
def request_series(endpoint: str, method: str, status: int, reading: str) -> RequestSeries:
    """Return the sums of a kind."""
    series = RequestSeries(endpoint, method, status, reading)
    _every.append(series)
    return series


def publish() -> None:
    """Add what this process counted since the last time to its series."""
    for series in list(_every):
        series.publish()
