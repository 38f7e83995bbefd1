"""A site below the root of its host, as /gallery: every address that it gives begins there, and is answered."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_script_prefix, set_script_prefix

from content.models import ContentItem
from genonaut.assets import import_map
from tests.factories import ContentItemFactory
from users.models import User

PREFIX = "/gallery"
HOST = "http://testserver"
ADDRESSES = {"href", "src", "action", "formaction", "poster", "content", "srcset"}
# Answered to POST alone, or not without parameters that script adds.
NOT_BY_ITSELF = re.compile(r"/(logout|privacy|like|bookmark|views|autocomplete|act|undo|bar|trash|intent|page-cache)/$")
PAGES = {
    "nobody": [
        "/?page_size=2&page=2",
        "/?view=scroll&content_type=image",
        "/?q=nothing",
        "/?content_type=fish",
        "/users/alice/",
        "/content/{}/",
        "/fragments/list/?page_size=2",
        "/fragments/works/?page_size=2",
        "/fragments/content/{}/",
        "/accounts/login/?next=/gallery/",
        "/nowhere/",
        "/?page=99",
        "/?page=x",
        "/admin/login/",
        "/api/v1/docs/",
        "/api/v1/content/{}/",
        "/api/v1/users/",
        "/api/v1/nowhere/",
    ],
    "alice": ["/content/{}/", "/content/{}/delete/", "/admin/login/"],
    "staff": [
        "/",
        "/admin/",
        "/admin/content/contentitem/",
        "/admin/content/contentitem/add/",
        "/admin/content/contentitem/{}/change/",
        "/admin/content/contentitem/{}/delete/",
        "/admin/content/contentitem/{}/history/",
        "/admin/users/user/",
        "/admin/waffle/switch/",
        "/admin/nowhere/",
        "/admin/content/contentitem/?page=600",
        "/admin/password_change/",
        "/api/v1/",
        "/api/v1/content/?page_size=2",
    ],
}
JSON = ("/api/v1/content/{}/", "/api/v1/users/")


class Addresses(HTMLParser):
    """Gathers what attributes lead to; `content` of a meta element only if it is an address."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            texts = (value or "").split(",") if name == "srcset" else [value or ""]
            is_address = name in ADDRESSES - {"content"} or name.startswith("hx-")
            for text in texts:
                text = text.strip().split(" ")[0]
                if text.startswith((HOST, "/")) or (is_address and text.startswith("?")):
                    self.found.add(text)


@pytest.fixture
def below(db: None) -> Iterator[None]:
    """Requests reach a site that begins at /gallery, as a WSGI server says it."""
    before = get_script_prefix()
    set_script_prefix(PREFIX)
    yield
    set_script_prefix(before)


@pytest.fixture
def works(alice: User) -> list[ContentItem]:
    """Five works of hers, the last one private."""
    return [
        ContentItemFactory(title=f"Work {number}", creator=alice, is_private=number == 5, tags=["fog"])
        for number in range(1, 6)
    ]


def path_below(address: str) -> str:
    """Return the path of an address of the host, without what the site begins with."""
    parts = urlsplit(address)
    assert f"{parts.path}/".startswith(f"{PREFIX}/"), address
    return parts.path.removeprefix(PREFIX) + (f"?{parts.query}" if parts.query else "")


def expect_below(response: HttpResponse, path: str) -> set[str]:
    """Check all that an answer says of addresses; return those that its text names."""
    for cookie in response.cookies.values():
        assert cookie["path"] == PREFIX
    for name in ("Location", "Content-Location"):
        assert response.headers.get(name, PREFIX).removeprefix(HOST).startswith(PREFIX)
    links = re.findall("<([^>]+)>", response.headers.get("Link", ""))
    text = response.content.decode()
    if "json" in response["Content-Type"]:
        links += [found for found in strings(json.loads(text)) if found.startswith((HOST, "/"))]
    else:
        links += [urljoin(f"{PREFIX}{path}", found) for found in Addresses(text).found]
        for maps in re.findall(r'<script type="importmap">(.*?)</script>', text):
            links += json.loads(maps)["imports"].values()
    return {urldefrag(link.removeprefix(HOST) or "/").url for link in links}


def strings(value: object) -> Iterator[str]:
    """Give every text in some JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def test_every_address_begins_with_the_prefix_and_is_answered(
    below: None, works: list[ContentItem], alice: User, staff: User
) -> None:
    asked: set[str] = set()
    for viewer, pages in PAGES.items():
        client = Client(SCRIPT_NAME=PREFIX)
        if viewer != "nobody":
            client.force_login({"alice": alice, "staff": staff}[viewer])
        for page in pages:
            path = page.format(works[0].pk)
            accept = "application/json" if page in JSON else "text/html"
            for address in sorted(expect_below(client.get(path, headers={"Accept": accept}), path)):
                found = path_below(address.replace("/0/", f"/{works[0].pk}/").replace("/marks/", "/marks/?id=1"))
                plain = found.partition("?")[0]
                if plain in asked or found == path:
                    continue
                asked.add(plain)
                allowed = (200, 302, 403, 405) if NOT_BY_ITSELF.search(plain) else (200, 302, 303, 401)
                ask = client.head if found.startswith("/static/") else client.get
                assert ask(found).status_code in allowed, (page, found)
    assert len(asked) > 100


def test_forms_cookies_and_redirects_stay_below(below: None, works: list[ContentItem], alice: User) -> None:
    alice.set_password("a long password")
    alice.save()
    client = Client(SCRIPT_NAME=PREFIX)
    answers = [
        client.post("/accounts/login/", {"username": "alice", "password": "a long password"}),
        client.post(f"/content/{works[0].pk}/privacy/", {"is_private": "1"}),
        client.post(f"/content/{works[0].pk}/like/", {"on": "1"}),
        client.get(f"/content/{works[0].pk}"),
        client.get("/admin/content/"),
        client.post("/api/v1/content/", {"title": "x", "content_type": "image"}, content_type="application/json"),
        client.post("/accounts/logout/"),
        client.post(f"/content/{works[0].pk}/like/", {"on": "1"}),
    ]
    for answer in answers:
        expect_below(answer, "/")
    assert [answer.status_code for answer in answers] == [302, 303, 303, 301, 302, 201, 302, 303]
    assert answers[0].cookies["sessionid"]["path"] == answers[6].cookies["sessionid"]["path"] == PREFIX


def test_pictures_in_json_are_the_same_from_postgresql_and_python(
    below: None, works: list[ContentItem], alice: User
) -> None:
    client = Client(SCRIPT_NAME=PREFIX)
    written, spaced = (
        client.get("/api/v1/content/?page_size=1", headers={"Accept": accept}).json()["items"][0]["picture"]["url"]
        for accept in ("application/json", "application/json; indent=2")
    )
    assert written == spaced and written.startswith(f"{HOST}{PREFIX}/pictures/v2/image/320/")
    # The statement of this list is kept, the prefix not with it.
    set_script_prefix("/")
    plain = Client().get("/api/v1/content/?page_size=1").json()["items"][0]["picture"]["url"]
    assert plain == written.replace(PREFIX, "")


def test_the_schema_says_where_its_paths_begin(below: None) -> None:
    schema = json.loads(Client(SCRIPT_NAME=PREFIX).get("/api/v1/schema/?format=json").content)
    assert schema["servers"] == [{"url": PREFIX}]
    assert all(path.startswith("/api/v1/") for path in schema["paths"])


def test_the_policy_allows_the_map_of_each_prefix(below: None) -> None:
    source, policies = import_map.import_map_source(), []
    for prefix in (PREFIX, "/", PREFIX):
        set_script_prefix(prefix)
        policies.append(Client().get("/accounts/login/")["Content-Security-Policy"])
        assert import_map.import_map_source() in policies[-1]
    assert [source in policy for policy in policies] == [True, False, True]
