"""Ids in addresses: every action of every endpoint with every spelling that an address can hold is never an error of
ours."""

from collections.abc import Callable, Iterator
from itertools import product
from urllib.parse import quote

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from albums.models import AlbumItem
from genonaut.urls import router
from tests.factories import (
    AlbumFactory,
    AutoContentItemFactory,
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
)
from users.models import User

# Those that an address of a row allows, and those that it does not.
DIGITS = (
    *("0", "00", "00001", "9" * 19, "9" * 20, str(2**63), str(2**64), "9" * 4_000, "9" * 5_000, "0" * 5_000 + "1"),
)
OTHERS = (
    *("ME", "+1", "-1", "1.0", "1e3", "0x1", "1_000", " 1", "1 ", "none", "True", "²", "\0", "1\0", "1\n", "%00", ".."),
    *("٣", "１", "১", "\ud7ff", "'", ";"),
)
SPELLINGS = (*DIGITS, *OTHERS)
# None, one too large for the column, and those that Python does not read, or reads as one.
TELLING = ("me", "0", str(2**63), "9" * 5_000, "0" * 5_000 + "1")
METHODS = ("options", "put", "patch", "delete")
# Alice's album.
PK = 7_000_007


def routes(album: int | str = PK) -> Iterator[tuple[str, str]]:
    """Yield name and rest of the address of every route to a row, as the router has them: `content`, `position/`.

    `album` is what addresses of works in an album have in its place.
    """
    for expression, viewset, _ in router.registry:
        prefix = expression.replace("(?P<album>[0-9]+)", str(album))
        yield prefix, ""
        for action in viewset.get_extra_actions():
            if action.detail:
                yield prefix, f"{action.url_path}/"


@pytest.fixture
def filled(alice: User) -> None:
    """A row in every list."""
    item = ContentItemFactory(creator=alice)
    AutoContentItemFactory(creator=alice)
    InteractionFactory(user=alice, content=item)
    RecommendationFactory(user=alice, content=item)
    GenerationJobFactory(user=alice)
    AlbumItem.objects.create(album=AlbumFactory(pk=PK, owner=alice), content=item, position=0)


def test_no_spelling_of_an_id_is_an_error_of_ours(
    client_of: Callable[[User | None], APIClient], filled: None, alice: User, staff: User
) -> None:
    wrong = []
    assert {("users", "position/"), ("content", ""), (f"albums/{PK}/items", "position/")} <= set(routes())
    rows = [("get", spelling) for spelling in ("me", *DIGITS)] + list(product(METHODS, TELLING))
    none = [("get", spelling) for spelling in OTHERS]  # of no view's, whoever asks
    for client, asked in ((client_of(None), rows + none), (client_of(alice), rows), (client_of(staff), rows)):
        for (name, rest), (method, spelling) in product(routes(), asked):
            url = f"/api/v1/{name}/{quote(spelling, safe='')}/{rest}"
            status = getattr(client, method)(url).status_code
            is_there = spelling == "me" or spelling.strip("0") == "1" or method == "options"
            if status >= 500 or (status < 400 and not is_there):
                wrong.append((method, name, rest, spelling[:30], status))
    assert wrong == []


def test_no_spelling_of_an_album_is_an_error_of_ours(
    client_of: Callable[[User | None], APIClient], filled: None, alice: User
) -> None:
    client, work = client_of(alice), AlbumItem.objects.get().content_id
    rests = ["", f"{work}/", *(f"{work}/{rest}" for name, rest in routes() if name == f"albums/{PK}/items")]
    spellings = [quote(spelling, safe="") for spelling in SPELLINGS if spelling.strip("0") != "1"]
    for method, rest in product(("get", *METHODS), rests):
        statuses = {getattr(client, method)(f"/api/v1/albums/{album}/items/{rest}").status_code for album in spellings}
        assert statuses <= {400, 404, 405} | ({200} if method == "options" else set()), (method, rest)


def test_one_s_own_account_has_a_position_by_each_of_its_names(
    client_of: Callable[[User | None], APIClient], alice: User, bob: User
) -> None:
    names = ("me", str(alice.pk), f"000{alice.pk}")
    answers = [client_of(alice).get(f"/api/v1/users/{name}/position/?order=asc") for name in names]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.content for answer in answers}) == 1
    assert client_of(None).get("/api/v1/users/me/position/").status_code == 401


@pytest.mark.parametrize(
    ("method", "rest", "status"),
    [
        ("get", "", 200),
        ("patch", "", 200),
        ("get", "position/", 200),
        ("get", "follow/", 200),
        ("put", "picture/", 400),
        ("delete", "picture/", 204),
    ],
)
def test_me_is_ones_own_id_in_every_address_of_an_account(
    client_of: Callable[[User | None], APIClient], alice: User, method: str, rest: str, status: int
) -> None:
    answers = [
        getattr(client_of(alice), method)(f"/api/v1/users/{name}/{rest}", {} if method == "patch" else None)
        for name in ("me", alice.pk)
    ]
    assert [answer.status_code for answer in answers] == [status, status]
    # Errors differ by the id of their request.
    assert status == 400 or answers[0].content == answers[1].content
    assert getattr(client_of(None), method)(f"/api/v1/users/me/{rest}").status_code == 401


def pages_of_rows(patterns: list[URLPattern | URLResolver], start: str = "") -> Iterator[str]:
    """Yield every address of a page with an id in it, as `/content/{}/`."""
    for pattern in patterns:
        address = start + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if pattern.namespace not in ("admin", "api"):
                yield from pages_of_rows(pattern.url_patterns, address)
        elif "<int:pk>" in address:
            yield "/" + address.replace("<int:pk>", "{}")


def test_no_spelling_of_an_id_is_an_error_of_a_page(
    client_of: Callable[[User | None], APIClient], filled: None, alice: User
) -> None:
    found = sorted(pages_of_rows(get_resolver().url_patterns))
    assert "/content/{}/" in found
    client, anonymous = client_of(alice), client_of(None)
    digits = [spelling for spelling in DIGITS if spelling.strip("0") != "1"]
    addresses = [page.format(spelling) for page in found for spelling in digits]
    answers = {client.get(url).status_code for url in addresses} | {client.post(url).status_code for url in addresses}
    # Of no view's, whoever asks and by whichever method.
    none = [page.format(quote(spelling, safe="")) for page in found for spelling in OTHERS]
    assert answers | {anonymous.get(url).status_code for url in none} <= {400, 404, 405}


@pytest.mark.parametrize("name", ["id", "content", "user", "creator"])
def test_no_spelling_of_an_id_is_an_error_of_a_filter(
    client_of: Callable[[User | None], APIClient], filled: None, alice: User, name: str
) -> None:
    lists = {"id": ["fragments/marks"], "creator": ["api/v1/content"], "user": ["api/v1/generation-jobs"]}
    client = client_of(alice)
    for address in lists.get(name, ["api/v1/interactions", "api/v1/recommendations"]):
        statuses = {client.get(f"/{address}/?{name}={quote(spelling, safe='')}").status_code for spelling in SPELLINGS}
        assert statuses <= {200, 400}
