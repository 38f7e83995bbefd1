"""The metrics that each process counts by itself. Every label has few values, whatever clients send.

Under gunicorn they lie in files that all processes of the site write and any of them reads
(genonaut/monitoring/shared_metrics.py).
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from genonaut.database.pool import ConnectionPool

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# When a series began: Prometheus does without, and each would be twice as long.
disable_created_metrics()
REGISTRY = CollectorRegistry()

REQUESTS = Counter(
    "genonaut_requests", "Requests that were answered.", ("endpoint", "method", "status"), registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "genonaut_request_seconds",
    "Time until the head of an answer was ready, by how its list was read.",
    ("endpoint", "reading"),
    buckets=SECONDS,
    registry=REGISTRY,
)
DATABASE_SECONDS = Counter(
    "genonaut_request_database_seconds",
    "Time that requests waited for statements.",
    ("endpoint",),
    registry=REGISTRY,
)
STATEMENTS = Counter("genonaut_request_statements", "Statements of requests.", ("endpoint",), registry=REGISTRY)
SLOW_STATEMENTS = Counter(
    "genonaut_slow_statements", "Statements of requests beyond SLOW_STATEMENT_MS.", registry=REGISTRY
)
UNDER_WAY = Gauge(
    "genonaut_requests_under_way", "Requests being answered now.", multiprocess_mode="livesum", registry=REGISTRY
)
UNAVAILABLE = Counter("genonaut_unavailable", "Answers of status 503 by their cause.", ("cause",), registry=REGISTRY)
REFUSALS = Counter(
    "genonaut_refused_requests",
    "Requests that the web server refused before the site saw them.",
    ("status",),
    registry=REGISTRY,
)
PREFETCHES = Counter("genonaut_prefetches", "Requests that read ahead.", ("result",), registry=REGISTRY)
POOL_CONNECTIONS = Gauge(
    "genonaut_pool_connections",
    "Connections to the database.",
    ("database", "state"),
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
POOL_SIZE = Gauge(
    "genonaut_pool_size",
    "Connections that there may be.",
    ("database",),
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
POOL_WAITING = Gauge(
    "genonaut_pool_waiting",
    "Threads that wait for a connection.",
    ("database",),
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
POOL_WAIT_SECONDS = Counter(
    "genonaut_pool_wait_seconds", "Time that threads waited for a connection.", ("database",), registry=REGISTRY
)
ANCHOR_BUILDS = Counter("genonaut_anchor_builds", "Builds of anchors of long lists.", ("result",), registry=REGISTRY)
ANCHOR_BUILD_SECONDS = Counter("genonaut_anchor_build_seconds", "Time that builds of anchors took.", registry=REGISTRY)
PAGE_CACHE = Counter(
    "genonaut_page_cache_events", "What the page caches of browsers did, as they say.", ("event",), registry=REGISTRY
)


def note_wait(pool: ConnectionPool, seconds: float) -> None:
    """Count a wait for a connection (genonaut.database.pool.ConnectionPool.watchers)."""
    POOL_WAIT_SECONDS.labels(pool.alias).inc(seconds)


def note_anchor_build(seconds: float, is_built: bool) -> None:
    """Count a build of anchors (genonaut.pagination.anchors.scheduler.WATCHERS)."""
    ANCHOR_BUILDS.labels("built" if is_built else "failed").inc()
    ANCHOR_BUILD_SECONDS.inc(seconds)
