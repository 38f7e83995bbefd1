"""Writes what this process counted, and what it does now, where all processes of the site read it.

Each second (genonaut/gunicorn.py), and when this process is asked for metrics. A scrape sees one moment of many: gauges
that were set at each change would be set six times by each request.
"""

from genonaut.database.base import pools
from genonaut.monitoring import request_series
from genonaut.monitoring.metrics import POOL_CONNECTIONS, POOL_SIZE, POOL_WAITING, UNDER_WAY


def publish() -> None:
    """Write the counts of requests, and the gauges: requests under way, connections, threads that wait for one."""
    request_series.publish()
    UNDER_WAY.set(len(request_series.under_way))
    for pool in pools():
        POOL_SIZE.labels(pool.alias).set(pool.max_size)
        POOL_CONNECTIONS.labels(pool.alias, "in_use").set(pool.in_use)
        POOL_CONNECTIONS.labels(pool.alias, "idle").set(pool.idle)
        POOL_WAITING.labels(pool.alias).set(pool.waiting)
