"""Which replica a request may read."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from hashlib import blake2b

from django.conf import settings
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import HttpRequest
from rest_framework.throttling import BaseThrottle

from genonaut.database.connections import SiteConnection
from genonaut.pagination.filters import MomentField
from genonaut.replicas.watching import Seen, Watch, Watched

# Pages are pinned to the moment of a row. A request takes so long at most from dating a row to its commit.
COMMIT_TIME = timedelta(seconds=2)
PIN = "as_of"
MOMENT = MomentField()


def aliases() -> list[str]:
    """Return the aliases of the replicas, in the order of REPLICA_URLS."""
    return [alias for alias in connections if alias != DEFAULT_DB_ALIAS]


def connect_to(alias: str) -> SiteConnection:
    """Connect to a server as the site does, beside the pool. Raises psycopg.OperationalError."""
    params = connections[alias].get_connection_params()
    return SiteConnection.connect(**{**params, "autocommit": True})


def make_watch() -> Watch:
    """Return what looks at the primary and its replicas; it is not started."""
    replicas = [Watched(alias, partial(connect_to, alias)) for alias in aliases()]
    return Watch(Watched("the primary", partial(connect_to, DEFAULT_DB_ALIAS), is_primary=True), replicas)


# Of this process.
WATCH = make_watch()


def choose(request: HttpRequest) -> str | None:
    """Return the replica that a viewer's requests read, if it may be read now; None if there is none. No query.

    A viewer stays with one replica while it is near enough to the primary: on another, what they saw might be gone.
    """
    near = [alias for alias in WATCH.replicas if is_near(alias)]
    if not near:
        return None
    replica = favourite(near, viewer_key(request))
    pin = pin_of(request)
    return replica if not pin or holds(WATCH.holds_all_before(replica), pin) else None


def is_near(alias: str) -> bool:
    """Return whether a replica is known to be behind by no more than REPLICA_LAG_SECONDS."""
    lag = WATCH.lag(alias)
    return lag is not None and lag <= settings.REPLICA_LAG_SECONDS


def favourite(replicas: Sequence[str], key: str) -> str:
    """Return the one of some replicas that is a viewer's: one that goes, or comes back, moves no other's viewers."""
    return max(replicas, key=lambda replica: blake2b(f"{key} {replica}".encode(errors="replace")).digest())


def viewer_key(request: HttpRequest) -> str:
    """Return what tells one viewer from the next: token, session, or address."""
    token = request.META.get("HTTP_AUTHORIZATION") or request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return token or BaseThrottle().get_ident(request) or ""


def pin_of(request: HttpRequest) -> str:
    """Return the moment that the request's pages are pinned to, as it is written; empty if there is none."""
    query = request.META.get("QUERY_STRING", "")
    if PIN not in query and "%" not in query:
        return ""
    try:
        return request.GET.get(PIN, "")
    except SuspiciousOperation:  # refused wherever it is read
        return ""


def holds(seen: Seen | None, pin: str) -> bool:
    """Return whether a replica that holds what the primary had when it was seen has all rows up to a pin."""
    if not pin:
        return True
    try:
        moment = MOMENT.clean(pin)
    except ValidationError:  # refused wherever it is read
        return True
    return seen is not None and moment <= seen.clock - COMMIT_TIME
