"""Every address of the site, from the URL conf: a route that is added is tested."""

import re
from collections.abc import Iterator
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import EndpointEnumerator

# No sequence comes so far. An automatic item is the next.
PK = 7_000_007
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
NAMES = {"pk": PK, "object_id": PK, "username": "alice", "width": 320, "number": 1, "app_label": "content", "id": 9} | {
    "album": PK,
    "work": PK,
}


def filled(path: str) -> str:
    """Return an address of a pattern; those that take any text get a name."""
    path = re.sub(r"\(\?P<(\w+)>[^()]*(\([^()]*\))?[^()]*\)", r"<\1>", path.replace("^", "").replace("$", ""))
    path = re.sub(r"<uuid:\w+>", str(UUID(int=PK)), path)
    return re.sub(r"<(?:\w+:)?(\w+)>|\{(\w+)\}", lambda name: str(NAMES.get(name[1] or name[2], "x")), path)


def api_routes() -> list[tuple[str, str]]:
    """Return method and address of each operation of the API. The pieces of tus, which are no JSON, are none."""
    operations = {(method, path) for path, _, method, _ in EndpointEnumerator().get_api_endpoints()}
    named = {(method, path.replace("/uploads/{pk}/", f"/uploads/{UUID(int=PK)}/")) for method, path in operations}
    return sorted(
        (method, filled(path).replace(f"-auto/{PK}/", f"-auto/{PK + 1}/"))
        for method, path in named
        if (method, "/uploads/" in path) != ("PATCH", True)
    )


def page_addresses() -> list[str]:
    """Return the addresses of pages, fragments and admin."""
    found = {f"/{filled(path)}" for path in _patterns(get_resolver().url_patterns)}
    return sorted(path for path in found if not path.startswith("/api/"))


def _patterns(patterns: list[URLPattern | URLResolver], start: str = "") -> Iterator[str]:
    for pattern in patterns:
        path = start + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, path)
        elif "(?P<url>" not in path:
            yield path
