"""All metrics in the text format of Prometheus: what the processes count, and gauges of the database."""

import os
from collections.abc import Iterable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from genonaut.monitoring import gauges, metrics
from genonaut.monitoring.publishing import publish

CONTENT_TYPE = CONTENT_TYPE_LATEST


class DatabaseGauges:
    """Collects what `gauges.SOURCES` read."""

    def collect(self) -> Iterable[Metric]:
        """Return the gauges."""
        return gauges.families()


def counted() -> list[Metric]:
    """Return what all processes of this site on this machine counted. No query."""
    return list(_registry().collect())


def exposition() -> bytes:
    """Return all metrics as text."""
    registry = CollectorRegistry()
    registry.register(_Several(_registry()))
    registry.register(DatabaseGauges())
    return generate_latest(registry)


class _Several:
    """Collects what another registry does."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry

    def collect(self) -> Iterable[Metric]:
        """Return its metrics."""
        return self.registry.collect()


def _registry() -> CollectorRegistry:
    """Return what counts for all processes, under gunicorn, or for this one, as it is now."""
    publish()
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return metrics.REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
