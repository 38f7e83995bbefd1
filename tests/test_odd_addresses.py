"""Every address of the site, filled with what is not there and sent odd values: each answers, none fails."""

import re
from collections.abc import Iterator
from itertools import product
from urllib.parse import quote

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories import ContentItemFactory, UserFactory

# An id that the viewer's own work has, and those that nothing has; the last is too large for PostgreSQL.
OWN = "7"
NUMBERS = (OWN, str(2**63 - 1), "9" * 30)
TEXTS = ("x", "\x00", "a" * 300)
FILLINGS = {
    "int": NUMBERS,
    "account": ("me", *NUMBERS),
    "uuid": ("00000000-0000-0000-0000-000000000000",),
    "str": TEXTS,
    "slug": TEXTS,
}
# The parts that are regular expressions.
EXPRESSIONS = {
    r"(?P<username>[^\x00]+)": ("x", "a" * 300),
    r"(?P<kind>image|video|text|audio|person)": ("image",),
    r"(?P<sha256>[0-9a-f]{64})": ("0" * 64,),
    r"(?P<width>[0-9]{1,4})": ("0", "9999"),
    r"(?P<seed>[0-9]{1,10})": ("9" * 10,),
    r"(?P<pk>[0-9]{1,18})": (OWN, "9" * 18),
    r"(?P<pk>[0-9]+|me)": ("me", *NUMBERS),
    r"(?P<pk>[0-9]+)": NUMBERS,
    r"(?P<album>[0-9]+)": NUMBERS,
}
PART = re.compile("|".join(["(<(?:[a-z]+:)?[a-z0-9]+>)", *(re.escape(text) for text in EXPRESSIONS)]))
# What views read of addresses, and what forms send.
PARAMETERS = (
    *("page", "page_size", "cursor", "sort", "q", "a", "b", "next", "id", "of", "work", "image", "owner", "after"),
)
FIELDS = (
    *("on", "is_private", "work", "item", "action", "scope", "query", "tag", "rating", "album", "deed", "place"),
    *("note", "text", "reason", "parent", "pk", "next", "email", "username", "name", "title", "notes", "kind", "kinds"),
    *("days", "password", "theme", "picture", "page_size", "view", "contents", "is_public", "comment", "content"),
)
ODD_VALUES = ("\x00", "9" * 30, "x" * 10_000, "٣", ["1", "2"])
# It keeps its connection open and waits.
ENDLESS = "/events/"


def routes(patterns: list[URLPattern | URLResolver], start: str = "") -> Iterator[str]:
    """Yield the route of each address, without those of Django's admin."""
    for pattern in patterns:
        route = start + str(pattern.pattern).removeprefix("^").removesuffix("$").replace(r"\.", ".")
        if isinstance(pattern, URLPattern):
            yield route
        elif pattern.app_name != "admin":
            yield from routes(pattern.url_patterns, route)


def addresses(route: str) -> list[str]:
    """Return a route with each filling of its parts."""
    choices, end = [], 0
    for part in PART.finditer(route):
        choices += [(route[end : part.start()],), _values(part[0])]
        end = part.end()
    return ["/" + quote("".join(parts)) for parts in product(*choices, (route[end:],))]


def _values(part: str) -> tuple[str, ...]:
    if part in EXPRESSIONS:
        return EXPRESSIONS[part]
    converter, _, _ = part.strip("<>").rpartition(":")
    return FILLINGS[converter or "str"]


def status_of(response: HttpResponse) -> int:
    """Return the status of an answer, all of which is read."""
    if response.streaming:
        b"".join(response.streaming_content)
    return response.status_code


def sent(client: Client, address: str, number: int) -> Iterator[tuple[str, int]]:
    """Get an address and post to it, plainly and with odd values: of the fillings of a route each with others."""
    odd = ODD_VALUES[number % len(ODD_VALUES)]
    yield "GET", status_of(client.get(address))
    yield "GET odd", status_of(client.get(address, dict.fromkeys(PARAMETERS, odd)))
    yield "POST", status_of(client.post(address))
    yield f"POST {odd!r:.9}", status_of(client.post(address, dict.fromkeys(FIELDS, odd)))


@pytest.mark.django_db
def test_no_address_fails() -> None:
    user = UserFactory()
    ContentItemFactory(pk=int(OWN), creator=user)
    client = Client(raise_request_exception=False)
    failures, number = {}, 0
    for route in dict.fromkeys(routes(get_resolver().url_patterns)):
        for address in addresses(route) if not route.endswith(ENDLESS.lstrip("/")) else []:
            number += 1
            with transaction.atomic():
                client.force_login(user)
                failures |= {(address, how): status for how, status in sent(client, address, number) if status >= 500}
                transaction.set_rollback(True)
    assert (failures, number > 300) == ({}, True)
