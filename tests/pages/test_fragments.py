"""Fragments: the parts of the pages that script asks for, at addresses of their own, with the pages' own rules."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from genonaut import flags
from tests.factories import ContentItemFactory
from tests.pages.html import elements, foreign_scripts, hrefs, texts, titles
from users.models import User

PAGES = {
    "/": ("/fragments/works/", "/fragments/list/"),
    "/users/alice/": ("/fragments/users/alice/works/", "/fragments/users/alice/list/"),
}
FRAGMENTS = [fragment for fragments in PAGES.values() for fragment in fragments]


@pytest.fixture
def works(alice: User) -> list[ContentItem]:
    """Twelve works of hers, one of them private."""
    made = [ContentItemFactory(title=f"Work {number}", creator=alice) for number in range(11)]
    return [*made, ContentItemFactory(title="Secret", creator=alice, is_private=True)]


def section(html: str) -> str:
    """Return the section of works in some HTML."""
    return re.search(r'<section class="page".*?</section>', html, re.DOTALL)[0]


QUERIES = ("", "?page_size=5&page=2", "?view=scroll&page_size=5", "?q=work&sort=quality_score")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_includes_its_fragments_letter_by_letter(client: Client, works: list[ContentItem], path: str) -> None:
    for query in QUERIES:
        page = client.get(path + query).content.decode()
        for fragment in PAGES[path]:
            answer = client.get(fragment + query)
            html = answer.content.decode()
            assert section(html) == section(page)
            assert "<html" not in html and foreign_scripts(answer) == []
        assert html.strip() in page  # the whole list


def test_a_private_work_is_in_its_creators_fragments_alone(
    client: Client, works: list[ContentItem], alice: User, bob: User
) -> None:
    anonymous = [client.get(fragment) for fragment in FRAGMENTS]
    client.force_login(bob)
    others = [client.get(fragment) for fragment in FRAGMENTS]
    client.force_login(alice)
    owns = [client.get(fragment) for fragment in FRAGMENTS]
    for fragment, nobodys, other, own in zip(FRAGMENTS, anonymous, others, owns, strict=True):
        assert ["Secret" in titles(answer) for answer in (nobodys, other, own)] == [False, False, True]
        [of_own], [of_other] = (elements(answer, "section", id="works") for answer in (own, other))
        assert of_own.attributes["data-version"] != of_other.attributes["data-version"] or "users" in fragment
        assert ["private" in answer["Cache-Control"] for answer in (nobodys, own)] == [False, True]


def statuses(client: Client, *addresses: str) -> dict[str, int]:
    return {address: client.get(address).status_code for address in addresses}


def test_bad_input_is_a_400(client: Client, works: list[ContentItem]) -> None:
    bad = [f"{path}?{query}" for path in FRAGMENTS for query in ("page=0", "page=x", "view=fish&page=x", "cursor=x")]
    assert statuses(client, *bad) == dict.fromkeys(bad, 400)


def test_past_the_end_is_a_404(client: Client, works: list[ContentItem]) -> None:
    far = [f"{fragment}?page=99" for fragment in FRAGMENTS]
    assert statuses(client, *far) == dict.fromkeys(far, 404)


def test_nobodys_fragments_are_a_404(db: None, client: Client) -> None:
    nobodys = ["/fragments/users/nobody/works/", "/fragments/users/nobody/list/"]
    assert statuses(client, *nobodys) == dict.fromkeys(nobodys, 404)


def test_a_fragment_cannot_be_posted_to(client: Client, alice: User) -> None:
    ContentItemFactory(pk=1, creator=alice)
    for fragment in (*FRAGMENTS, "/fragments/content/1/"):
        assert client.post(fragment).status_code == 405


def test_a_work_is_the_same_as_fragment_and_in_its_page(client: Client, works: list[ContentItem]) -> None:
    pk = works[0].pk
    page, fragment = client.get(f"/content/{pk}/"), client.get(f"/fragments/content/{pk}/")
    assert fragment.content.decode().strip().splitlines()[-1] == "</article>"
    assert texts(page, "article") == texts(fragment, "article") != []
    assert client.get(f"/fragments/content/{works[-1].pk}/").status_code == 404
    assert client.get(f"/fragments/content/{10**30}/").status_code == 404


def test_an_unchanged_fragment_is_a_304_before_its_rows_are_read(
    client: Client, works: list[ContentItem], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    etag = client.get("/fragments/works/?page_size=5")["ETag"]
    with django_assert_num_queries(1):
        assert client.get("/fragments/works/?page_size=5", headers={"If-None-Match": etag}).status_code == 304
    ContentItem.objects.filter(pk=works[0].pk).update(title="Changed")
    assert client.get("/fragments/works/?page_size=5", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("rows", [1, 20])
def test_a_fragment_takes_as_many_queries_as_its_page(
    client: Client, alice: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ContentItemFactory.create_batch(rows, creator=alice)
    for path in ("/", *PAGES["/"]):
        with django_assert_num_queries(2):
            client.get(path)


def test_a_section_says_where_it_stands(client: Client, works: list[ContentItem]) -> None:
    [found] = elements(client.get("/fragments/works/?page_size=5&page=2&view=scroll"), "section", id="works")
    facts = {name.removeprefix("data-"): value for name, value in found.attributes.items() if name.startswith("data-")}
    as_of = facts["as-of"]
    assert facts | {"version": "", "as-of": ""} == {
        "number": "2",
        "address": f"?as_of={as_of.replace(':', '%3A')}&page_size=5&view=scroll&page=",
        "pages": "3",
        "total": "11",
        "first": "6",
        "last": "10",
        "as-of": "",
        "new": "0",
        "self": "?page_size=5&view=scroll&page=2",
        "version": "",
        "range": "6–10 of 11 works",
        "title": "All works · page 2 · Genonaut",
    }


def test_cards_say_where_they_stand(client: Client, works: list[ContentItem]) -> None:
    cards = elements(client.get("/?page_size=5&page=3"), "li", class_="card")
    assert [(card.attributes["aria-posinset"], card.attributes["aria-setsize"]) for card in cards] == [("11", "11")]
    flags.turn(flags.Flag.RANKED_PAGES, is_on=False)
    cards = elements(client.get("/?page_size=5&page=3"), "li", class_="card")
    assert ["aria-posinset" in card.attributes for card in cards] == [False]


# --- The two views


def test_links_keep_the_view_and_the_canonical_address_does_not(client: Client, works: list[ContentItem]) -> None:
    page = client.get("/?view=scroll&page_size=5&page=2")
    following = hrefs(page, "a", rel="next") + [elements(page, "a", class_="chip")][0]
    assert all("view=scroll" in address for address in following)
    [canonical] = elements(page, "link", rel="canonical")
    assert canonical.attributes["href"] == "http://testserver/?page_size=5&page=2"


def test_the_other_view_shows_the_same_page(client: Client, works: list[ContentItem]) -> None:
    page = client.get("/?page_size=5&page=2")
    [other] = [a for a in elements(page, "a") if a.attributes.get("data-choose-layout") == "scroll"]
    moved = client.get("/" + other.attributes["href"])
    assert titles(moved) == titles(page) == [f"Work {number}" for number in (5, 4, 3, 2, 1)]
    assert elements(moved, "div", id="list")[0].attributes["data-layout"] == "scroll"


def test_without_endless_scroll_its_addresses_show_numbered_pages(client: Client, works: list[ContentItem]) -> None:
    flags.turn(flags.Flag.INFINITE_SCROLL, is_on=False)
    page = client.get("/?view=scroll&page_size=5")
    assert titles(page) == [f"Work {number}" for number in (10, 9, 8, 7, 6)]
    [shown] = elements(page, "div", id="list")
    assert shown.attributes["data-layout"] == "numbers"
    assert [a for a in elements(page, "a") if "data-choose-layout" in a.attributes] == []


def test_switches_change_the_etag(client: Client, works: list[ContentItem]) -> None:
    etags = [client.get("/")["ETag"]]
    for flag in (flags.Flag.INFINITE_SCROLL, flags.Flag.PREFETCHING):
        flags.turn(flag, is_on=False)
        etags.append(client.get("/")["ETag"])
    assert len(set(etags)) == 3
