"""REPLICA_URLS as aliases of Django's databases."""

from copy import deepcopy
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from genonaut.environment import POSTGRESQL

ALIAS = "replica_{}"
# When the server started that takes changes: on a replica, as far as it has come (genonaut/database/starts.py).
START_SQL = """CASE WHEN pg_is_in_recovery()
    THEN coalesce((SELECT extract(epoch FROM started_at) FROM genonaut_primarystart),
        extract(epoch FROM pg_postmaster_start_time()))
    ELSE extract(epoch FROM pg_postmaster_start_time()) END"""


def replicas_of(urls: list[str], primary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the settings of each replica by its alias: those of the primary, at another address.

    Raises ImproperlyConfigured. The message does not repeat an address, which may hold a password.
    """
    return {ALIAS.format(number): _replica_of(url.strip(), primary, number) for number, url in enumerate(urls, 1)}


def _replica_of(url: str, primary: dict[str, Any], number: int) -> dict[str, Any]:
    if not url.startswith(POSTGRESQL):
        raise ImproperlyConfigured(
            "REPLICA_URLS must be addresses of PostgreSQL servers separated by spaces, as in "
            f"postgresql://user:password@host/name; number {number} of them is none."
        )
    try:
        place = environ.Env.db_url_config(url)
    except (ImproperlyConfigured, KeyError, ValueError):
        raise ImproperlyConfigured(f"REPLICA_URLS: number {number} cannot be read.") from None
    replica = deepcopy(primary) | {name: place.get(name, "") for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    ours = primary["OPTIONS"]
    inherited = deepcopy({name: ours[name] for name in OURS if name in ours})
    replica["OPTIONS"] = {**inherited, **place.get("OPTIONS", {}), "options": ours["options"]}
    # A replica that is away is not waited for: there are others, and the primary.
    replica["OPTIONS"]["pool"]["patience"] = 0
    replica["TEST"] = {"MIRROR": "default"}
    return replica


# What genonaut/settings.py adds to each address; all else belongs to the primary's alone.
OURS = (
    *("connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"),
    *("pool", "prepare_threshold"),
)
