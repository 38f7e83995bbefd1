"""Addresses that gathered parameters of others, or filters that nobody understands: the page is shown all the same."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from content.models import ContentItem
from tests.factories import ContentItemFactory
from tests.pages.html import elements, hrefs, texts, titles
from users.models import User

FOREIGN = "fbclid=y&utm_source=x&utm_medium=&gclid=1&ref=a&ref=b&_ga=2.1&mc_cid=3&Page=7&%3Cscript%3E=1&page="
LISTS = ["/", "/users/alice/"]
FRAGMENTS = ["/fragments/works/", "/fragments/list/", "/fragments/users/alice/works/", "/fragments/users/alice/list/"]


@pytest.fixture
def works(alice: User) -> list[ContentItem]:
    """Five works of hers."""
    return [ContentItemFactory(title=f"Work {number}", creator=alice, tags=["fog"]) for number in range(1, 6)]


@pytest.mark.parametrize("path", LISTS + FRAGMENTS)
def test_parameters_of_others_change_nothing(
    client: Client, works: list[ContentItem], settings: Settings, path: str
) -> None:
    settings.TRUST_X_REQUEST_ID = True
    client.defaults["HTTP_X_REQUEST_ID"] = "the-same-for-all"
    for query in ("", "page_size=2&page=2", "tag=fog&page_size=2&view=scroll", "page_size=2&page=99"):
        plain, shared = client.get(f"{path}?{query}"), client.get(f"{path}?{FOREIGN}&{query}&fbclid=z")
        assert (shared.status_code, shared.content) == (plain.status_code, plain.content)
        assert shared.headers.get("ETag") == plain.headers.get("ETag")
        assert b"fbclid" not in shared.content


@pytest.mark.parametrize(
    "path", ["/content/{}/", "/fragments/content/{}/", "/content/{}999/", "/accounts/login/", "/users/nobody/"]
)
def test_pages_without_a_list_pass_them_over(client: Client, works: list[ContentItem], path: str) -> None:
    path = path.format(works[0].pk)
    plain, shared = client.get(path), client.get(f"{path}?{FOREIGN}")
    assert shared.status_code == plain.status_code
    assert b"fbclid" not in shared.content and b"utm_" not in shared.content


def test_signing_in_keeps_where_it_leads_and_nothing_else(client: Client, works: list[ContentItem]) -> None:
    page = client.get("/accounts/login/?next=/content/1/&fbclid=y")
    assert elements(page, "input", name="next")[0].attributes["value"] == "/content/1/"
    [sign_in] = [link for link in elements(client.get("/?tag=fog&fbclid=y"), "a") if link.text == "Sign in"]
    assert sign_in.attributes["href"] == "/accounts/login/?next=/%3Ftag%3Dfog"


def test_the_canonical_address_has_none_of_them(client: Client, works: list[ContentItem]) -> None:
    page = client.get("/?fbclid=y&tag=fog&utm_source=x&page_size=2&page=2")
    assert hrefs(page, "link", rel="canonical") == ["http://testserver/?page_size=2&tag=fog&page=2"]


SAYS_NOTHING = (
    "page=",
    "page=&page=1",
    "page=1&page=1",
    "page=+1",
    "page=01",
    "cursor=",
    "at=",
    "as_of=",
    "q=",
    "tag=+",
)


def test_what_is_empty_or_said_twice_says_nothing_new(client: Client, works: list[ContentItem]) -> None:
    for query in SAYS_NOTHING:
        page = client.get(f"/?page_size=2&{query}")
        assert (page.status_code, titles(page)) == (200, ["Work 5", "Work 4"])
        assert elements(page, "div", class_="left-out") == []


LEFT_OUT = {
    "content_type=fish": "filter Type “fish”",
    "content_type=image&content_type=text": "filter Type “image, text”",
    "min_quality=7": "filter Quality from “7”",
    "min_quality=nan": "filter Quality from “nan”",
    "created_after=yesterday": "filter Created from “yesterday”",
    "source=newsletter": "filter Made by “newsletter”",
    f"q={'x' * 10_001}": f"filter Search “{'x' * 59}…”",
    "tag=%00": "filter Tag “\x00, fog”",
    "creator=%00": "filter Creator “\x00”",
    "sort=title": "sort “title”",
    "order=up": "order “up”",
    "page_size=1001": "page size “1001”",
    "view=fish": "view “fish”",
    "view=scroll&view=numbers": "view “scroll, numbers”",
}


def test_what_is_not_understood_is_left_out_and_said(client: Client, works: list[ContentItem]) -> None:
    for query, said in LEFT_OUT.items():
        page = client.get(f"/?{query}&tag=fog" + ("" if "page_size" in query else "&page_size=2"))
        assert page.status_code == 200 and titles(page)[:2] == ["Work 5", "Work 4"]
        [notice] = texts(page, "div", class_="left-out")
        assert notice.startswith(f"The {said} was not understood and left out: ")
        links = hrefs(page, "a", class_="chip") + hrefs(page, "link", rel="next") + hrefs(page, "link", rel="canonical")
        assert not any(query.split("&")[0] in link for link in links)


def test_a_page_that_left_something_out_has_an_etag_of_its_own(client: Client, works: list[ContentItem]) -> None:
    pages = [client.get(f"/?{query}") for query in ("", "content_type=fish", "sort=title", "fbclid=y", "content_type=")]
    etags = [page["ETag"] for page in pages]
    assert (len(set(etags)), etags[0] == etags[3] == etags[4]) == (3, True)


def test_the_address_of_a_profile_cannot_name_another_creator(
    client: Client, works: list[ContentItem], bob: User
) -> None:
    ContentItemFactory(title="his", creator=bob)
    page = client.get("/users/alice/?creator=bob")
    assert (page.status_code, "his" in titles(page)) == (200, False)
    said = "The filter Creator “bob” was not understood and left out: This list has one already."
    assert texts(page, "div", class_="left-out") == [said]


WRONG_PLACES = dict.fromkeys(
    ("page=0", "page=-1", "page=abc", "page=1.5", "page=1&page=2", "cursor=x", "at=yesterday", "as_of=x"), 400
) | dict.fromkeys(("page=99", f"page={'9' * 31}", f"page={'9' * 5000}"), 404)


def test_another_page_than_the_one_asked_for_is_never_shown(client: Client, works: list[ContentItem]) -> None:
    for query, status in WRONG_PLACES.items():
        page = client.get(f"/?{query}&fbclid=y&content_type=fish")
        assert (page.status_code, titles(page), b"fbclid" in page.content) == (status, [], False)


def test_the_api_stays_strict(db: None, client: Client) -> None:
    for query in ("fbclid=y", "utm_source=x", "page=", "content_type=fish", "page=1&page=1"):
        assert client.get(f"/api/v1/content/?{query}").status_code == 400
