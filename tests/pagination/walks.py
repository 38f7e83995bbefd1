"""Walking lists over HTTP as a client does: by following links, never for ever."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from rest_framework.test import APIClient

LIMIT = 400


def read(api: APIClient, url: str) -> dict[str, Any]:
    """Return the answer to a GET that must succeed."""
    response = api.get(url)
    assert response.status_code == 200, response.content[:500]
    return response.json()


def pages(api: APIClient, url: str, relation: str = "next", *, limit: int = LIMIT) -> Iterator[dict[str, Any]]:
    """Yield a page and those behind it. Fails when there are more than the limit."""
    for _ in range(limit):
        page = read(api, url)
        yield page
        url = page["links"][relation]
        if url is None:
            return
    raise AssertionError(f"The walk did not end after {limit} pages.")


def ids(page: dict[str, Any]) -> list[int]:
    """Return the ids on a page."""
    return [item["id"] for item in page["items"]]


def walk(api: APIClient, url: str, relation: str = "next", *, limit: int = LIMIT) -> list[list[int]]:
    """Return the ids of each page from this one on."""
    return [ids(page) for page in pages(api, url, relation, limit=limit)]


def cursor_url(url: str, page: dict[str, Any], name: str = "next_cursor") -> str:
    """Return the address of the page behind a page's cursor; `url` holds no page or cursor itself."""
    return f"{url}{'&' if '?' in url else '?'}cursor={page['pagination'][name]}"


def cursor_walk(api: APIClient, url: str, *, limit: int = LIMIT) -> list[dict[str, Any]]:
    """Return the pages of a list: the first by number, the others by next_cursor."""
    first = read(api, url)
    if first["pagination"]["next_cursor"] is None:
        return [first]
    return [first, *pages(api, cursor_url(url, first), limit=limit)]


def flat(rows: list[list[int]]) -> list[int]:
    """Return the ids of all pages in one list."""
    return [pk for page in rows for pk in page]


def times_on(page: dict[str, Any]) -> list[datetime]:
    """Return when the items on a page were made."""
    return [datetime.fromisoformat(item["created_at"]) for item in page["items"]]


def page_of(times: list[datetime], order: str, first: Callable[[datetime], bool], size: int) -> int:
    """Return the number of the page that holds the first time of which something is true; the last where none is."""
    listed = times[::-1] if order == "desc" else times
    index = next((index for index, time in enumerate(listed) if first(time)), len(listed) - 1)
    return index // size + 1
