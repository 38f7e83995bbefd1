"""The panel of replicas, as the process sees them that answers."""

from django.conf import settings

from genonaut.replicas.cluster import WATCH
from genonaut.replicas.watching import Watched
from genonaut.status.panels import Contents, Fact


def replicas_panel() -> Contents:
    """Return how far each replica is behind. No query."""
    WATCH.start()
    return Contents([_fact(replica) for replica in WATCH.replicas.values()])


def _fact(replica: Watched) -> Fact:
    lag = WATCH.lag(replica.alias)
    if replica.problem or lag is None:
        why = replica.problem or f"how far it is behind is not known: {WATCH.primary.problem or 'very far'}"
        return Fact(replica.alias, f"not read: {why}", is_warning=True)
    is_late = lag > settings.REPLICA_LAG_SECONDS
    said = "not read: " if is_late else ""
    return Fact(replica.alias, f"{said}{lag:.1f} s behind at most", is_warning=is_late)
