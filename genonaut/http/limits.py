"""Limits on what invites guessing, counted in the database: one count for all processes and sites.

A key has one row with the times at which it was taken: exact in any window, and no other key pushes it out.
docs/decisions/0010 says which keys there are, and why none of them lets a stranger lock the owner out.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from unicodedata import normalize

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connections, router
from django.db.models.functions import Now
from django.http import HttpRequest
from rest_framework.throttling import BaseThrottle

from genonaut.models import Tries

IPV6_PREFIX = 64  # what one subscriber has at least
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
# A network that an account signed in from is known for so long.
KNOWN_DAYS = 90

TAKE = """
    INSERT INTO genonaut_tries AS tries (key, times, refused, expires_at)
    VALUES (%(key)s, ARRAY[statement_timestamp()], 0, statement_timestamp() + %(period)s)
    ON CONFLICT (key) DO UPDATE SET (times, refused, expires_at) = (
        SELECT CASE WHEN cardinality(recent) < %(most)s THEN recent || statement_timestamp() ELSE recent END,
            CASE WHEN cardinality(recent) < %(most)s THEN 0 ELSE tries.refused + 1 END,
            CASE WHEN cardinality(recent) < %(most)s THEN statement_timestamp() + %(period)s ELSE tries.expires_at END
        FROM (
            SELECT ARRAY(
                SELECT time FROM unnest(tries.times) AS time
                WHERE time > statement_timestamp() - %(period)s ORDER BY time
            ) AS recent
        ) AS kept
    )
    RETURNING refused, times[1] + %(period)s - statement_timestamp()
"""


class TooManyTriesError(PermissionDenied):
    """Something was tried too often; `wait_seconds` until it may be tried again."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"Too many tries. Try again in {-(-wait_seconds // 60)} min.")
        self.wait_seconds = wait_seconds


@dataclass(frozen=True)
class Rate:
    """So many tries in any period."""

    most: int
    period: timedelta

    @classmethod
    def read(cls, text: str) -> "Rate":
        """Read a rate as DRF writes it: `60/hour`, `5/min`. Raises ValueError."""
        found = re.fullmatch(r"(\d+)/([smhd])[a-z]*", text)
        if not found:
            raise ValueError(f"A rate is a number and a unit of time, as in 60/hour; not {text!r}.")
        return cls(int(found[1]), timedelta(seconds=UNITS[found[2]]))


def take(rate: Rate, key: str) -> int | None:
    """Count one try of a key. None if it is within the rate, else the seconds until there is room.

    What is refused does not count. One query, atomic, in a transaction of its own unless the caller has one.
    """
    if rate.most < 1:
        return int(rate.period.total_seconds())
    with connections[router.db_for_write(Tries)].cursor() as cursor:
        cursor.execute(TAKE, {"key": key, "period": rate.period, "most": rate.most})
        refused, wait = cursor.fetchone()
    return None if refused == 0 else max(1, -(-wait // timedelta(seconds=1)))


def key_of(*parts: object) -> str:
    """Return the key of some parts: a digest with the site's secret, so that the table names neither people nor
    addresses.
    """
    text = "\0".join([settings.SECRET_KEY, *map(str, parts)])
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def network_of(request: HttpRequest) -> str:
    """Return where a request comes from: an IPv4 address, the /64 of an IPv6 address, or any other text as it is.

    X-Forwarded-For is read as far as our own proxies wrote it (NUM_PROXIES).
    """
    text = (BaseThrottle().get_ident(request) or "").strip()
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    return str(_network(address))


def _network(address: IPv4Address | IPv6Address) -> object:
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or ip_network((address, IPV6_PREFIX), strict=False)


def check_sign_in(request: HttpRequest, username: str, *, counts_network: bool = True) -> None:
    """Count a try of an account's password, wherever it is asked for. Raises TooManyTriesError.

    By network, by account and network, and by account alone unless it signed in from there before: three or four
    queries. It counts the same whether there is such an account or not, and what is wrong as well as what is right.
    """
    network, account = network_of(request), name_of(username)
    if counts_network:
        check("token", network)
    check("account_network", account, network)
    if not is_known(account, network):
        check("account", account)


def check(scope: str, *parts: object) -> None:
    """Count a try of what the parts name, within the rate of a scope. Raises TooManyTriesError. One query."""
    check_rate(Rate.read(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"][scope]), scope, *parts)


def name_of(username: str) -> str:
    """Return an account's name as tries count it: other spellings of a name are the same account."""
    return normalize("NFKC", username.replace("\0", "")).strip().casefold()[:150]


def is_known(account: str, network: str) -> bool:
    """Return whether an account signed in from a network lately. One query."""
    return Tries.objects.filter(key=key_of("known", account, network), expires_at__gt=Now()).exists()


def remember_sign_in(request: HttpRequest, username: str) -> None:
    """Remember that an account signed in from where the request comes from. One query."""
    known = Tries(
        key=key_of("known", name_of(username), network_of(request)),
        times=[],
        expires_at=Now() + timedelta(days=KNOWN_DAYS),
    )
    Tries.objects.bulk_create([known], update_conflicts=True, unique_fields=["key"], update_fields=["expires_at"])


def check_rate(rate: Rate, *parts: object) -> None:
    """Count one try of what the parts name. Raises TooManyTriesError. One query."""
    wait = take(rate, key_of(*parts))
    if wait is not None:
        raise TooManyTriesError(wait)
