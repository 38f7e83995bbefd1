"""How far replicas are behind, as the process that is asked sees it: its threads look twice a second."""

from collections.abc import Iterator
from typing import Any

from genonaut.monitoring.gauges import Gauge, Sample, Source
from genonaut.replicas.cluster import WATCH
from genonaut.replicas.watching import NOT_YET

UP, LAG = "genonaut_replica_up", "genonaut_replica_lag_seconds"


def samples() -> Iterator[Sample]:
    """Yield the state of each replica that was asked. No query."""
    WATCH.start()
    for alias, replica in WATCH.replicas.items():
        if replica.problem == NOT_YET:
            continue
        yield Sample(UP, float(not replica.problem), (alias,))
        lag = WATCH.lag(alias)
        if lag is not None:
            yield Sample(LAG, lag, (alias,))


def details() -> dict[str, Any]:
    """Return what /readyz tells operators of each replica. No query."""
    found = WATCH.replicas.items()
    return {alias: {"problem": replica.problem, "lag_seconds": WATCH.lag(alias)} for alias, replica in found}


def reads_go_on() -> bool:
    """Return whether a replica answers while the primary does not. No query."""
    return bool(WATCH.reachable())


SOURCE = Source(
    (
        Gauge(UP, "Whether a replica answers as one.", ("database",)),
        Gauge(LAG, "How far a replica is behind at most.", ("database",)),
    ),
    samples,
    asks_database=False,
)
