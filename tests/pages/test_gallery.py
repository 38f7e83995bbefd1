"""The gallery as a page: which works it shows to whom, and the links and forms that lead on."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from genonaut import flags
from tests.factories import AutoContentItemFactory, ContentItemFactory, UserFactory
from tests.media.files import library_at
from tests.pages.html import elements, foreign_scripts, hrefs, texts, titles
from users.models import User

UNRANKED = {flags.Flag.RANKED_PAGES}
HOSTILE = "<script>alert(1)</script>\"'&"


def make(*names: str, **fields: object) -> list[ContentItem]:
    return [ContentItemFactory(title=name, **fields) for name in names]


def test_works_are_shown_newest_first(db: None, client: Client) -> None:
    make("old", "middle", "new")
    assert titles(client.get("/")) == ["new", "middle", "old"]


def test_a_card_leads_to_its_work_and_to_its_creator(client: Client, alice: User) -> None:
    item = ContentItemFactory(title="Fog", creator=alice)
    page = client.get("/")
    assert hrefs(page, "a", class_="card__creator") == ["/users/alice/"]
    assert f"/content/{item.pk}/" in hrefs(page, "a")


def test_a_picture_has_its_size_and_says_what_it_is(db: None, client: Client) -> None:
    ContentItemFactory(title="Fog", seed=721)
    [image] = elements(client.get("/"), "img")
    assert image.attributes | {"decoding": "", "fetchpriority": ""} == {
        "src": "/pictures/v2/image/320/721.webp",
        "srcset": "/pictures/v2/image/320/721.webp 320w, /pictures/v2/image/640/721.webp 640w",
        "sizes": "auto, 165px",
        "width": "320",
        "height": "468",
        "alt": "Preview of Fog",
        "decoding": "",
        "fetchpriority": "",
    }


def test_only_the_first_row_of_pictures_is_urgent(db: None, client: Client) -> None:
    make(*"abcdefghij")
    images = [image.attributes for image in elements(client.get("/"), "img")]
    assert [image.get("fetchpriority") for image in images] == ["high"] * 8 + [None] * 2
    assert [image.get("loading") for image in images] == [None] * 8 + ["lazy"] * 2


def test_an_id_of_over_a_thousand_has_no_comma(client: Client, alice: User) -> None:
    ContentItemFactory(pk=1_234_567, creator=alice)
    assert "/content/1234567/" in hrefs(client.get("/"), "a")


# --- Private works


@pytest.fixture
def secret(alice: User) -> ContentItem:
    return ContentItemFactory(title="Secret", creator=alice, is_private=True)


def test_a_private_work_is_shown_to_its_creator_and_marked(client: Client, alice: User, secret: ContentItem) -> None:
    client.force_login(alice)
    page = client.get("/")
    assert (titles(page), texts(page, "span", class_="badge--private")) == (["Secret"], ["Private"])
    assert texts(page, "p", class_="label") == ["1 work"]


def test_a_private_work_is_hidden_from_others(client: Client, bob: User, secret: ContentItem) -> None:
    for reader in (None, bob):
        if reader is not None:
            client.force_login(reader)
        for query in ("", "?q=secret", "?creator=alice", "?sort=quality_score", "?content_type=image"):
            page = client.get(f"/{query}")
            assert titles(page) == []
            assert texts(page, "p", class_="label") == ["0 works"]
            assert "Secret" not in page.content.decode()


def test_a_public_work_has_no_private_mark(client: Client, alice: User) -> None:
    ContentItemFactory(creator=alice)
    client.force_login(alice)
    assert texts(client.get("/"), "span", class_="badge--private") == []


# --- Creators


def test_a_creator_without_a_profile_is_neither_named_nor_linked(db: None, client: Client) -> None:
    ContentItemFactory(creator=UserFactory(name="Gone Away", is_active=False))
    page = client.get("/")
    assert texts(page, "span", class_="card__creator") == ["Creator gone"]
    assert hrefs(page, "a", class_="card__creator") == []


def test_a_work_without_a_creator_says_so(db: None, client: Client) -> None:
    ContentItemFactory(creator=None)
    AutoContentItemFactory(creator=None)
    assert texts(client.get("/"), "span", class_="card__creator") == ["Made by Genonaut", "Creator gone"]


def test_a_work_of_a_library_without_an_owner_names_the_library(db: None, client: Client, tmp_path: Path) -> None:
    library = library_at(tmp_path / "M&M 50% ü")
    item = ContentItemFactory(creator=None, library=library)
    ContentItemFactory(creator=UserFactory(name="Gone Away", is_active=False), library=library)
    page = client.get("/")
    assert texts(page, "a", class_="card__creator") == ["M&M 50% ü"]
    assert texts(page, "span", class_="card__creator") == ["Creator gone"]
    [address] = hrefs(page, "a", class_="card__creator")
    assert titles(client.get(address)) == titles(page)
    detail = client.get(item.get_absolute_url())
    assert hrefs(detail, "a", class_="byline__name") == [address]
    assert "Unknown: read from the library M&M 50% ü" in texts(detail, "dd")


def test_works_of_many_libraries_cost_no_more_queries(
    db: None, client: Client, tmp_path: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ContentItemFactory(creator=None, library=library_at(tmp_path / "0"))
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for number in range(1, 4):
        ContentItemFactory(creator=None, library=library_at(tmp_path / str(number)))
    with django_assert_num_queries(len(one)):
        assert len(texts(client.get("/"), "a", class_="card__creator")) == 4


# --- Heading, title, total


HEADINGS = {
    "": "All works",
    "?content_type=video": "Videos",
    "?source=auto&content_type=image": "Automatic images",
    "?creator=alice&tag=sea&tag=fog": "Works by alice tagged fog and sea",
    "?q=low+tide": "Works matching “low tide”",
}


def test_the_heading_names_the_filters(db: None, client: Client) -> None:
    for query, heading in HEADINGS.items():
        page = client.get(f"/{query}")
        assert texts(page, "h1") == [heading]
        assert texts(page, "title") == [f"{heading} · Genonaut"]


def test_the_title_names_the_other_filters_sort_and_page(db: None, client: Client) -> None:
    make("a", "b", quality_score=0.9)
    page = client.get("/?min_quality=0.5&created_after=2024-01-01&sort=quality_score&page=2&page_size=1")
    assert texts(page, "title") == [
        "All works · created from 1 Jan 2024 · quality from 0.5 · best first · page 2 · Genonaut"
    ]


def test_the_total_counts_the_whole_list(db: None, client: Client) -> None:
    make("a", "b", "c")
    assert texts(client.get("/?page_size=1"), "p", class_="label") == ["1–1 of 3 works"]
    assert texts(client.get("/?page_size=2&page=2"), "p", class_="label") == ["3–3 of 3 works"]


def test_an_empty_gallery_says_so(db: None, client: Client) -> None:
    page = client.get("/")
    assert (page.status_code, texts(page, "h2")) == (200, ["Nothing here yet"])


def test_filters_that_match_nothing_can_be_dropped_together(db: None, client: Client) -> None:
    page = client.get("/?q=nothing&page_size=10")
    assert texts(page, "h2") == ["Nothing matches"]
    assert hrefs(page, "a", class_="button")[-1] == "?page_size=10"


# --- Filters and sorts


FILTERED = {
    "content_type=video": ["video"],
    "source=auto": ["auto"],
    "creator=alice": ["hers"],
    "tag=fog": ["hers", "tagged"],
    "tag=fog&tag=sea": ["tagged"],
    "q=lighthouse": ["prompted"],
    "min_quality=0.5": ["good"],
    "created_before=2001-01-01": ["ancient"],
}


def test_each_filter_narrows_the_list(client: Client, alice: User) -> None:
    ContentItemFactory(title="ancient", created_at="2000-01-01T00:00:00Z")
    ContentItemFactory(title="video", content_type="video")
    AutoContentItemFactory(title="auto")
    ContentItemFactory(title="good", quality_score=0.5)
    ContentItemFactory(title="prompted", prompt="a lighthouse")
    ContentItemFactory(title="tagged", tags=["fog", "sea"])
    ContentItemFactory(title="hers", tags=["fog"], creator=alice)
    assert {query: titles(client.get(f"/?{query}")) for query in FILTERED} == FILTERED


def test_each_sort_is_a_link_that_keeps_the_filters(db: None, client: Client) -> None:
    ContentItemFactory(title="old best", quality_score=0.9, tags=["fog"])
    ContentItemFactory(title="new unrated", tags=["fog"])
    page = client.get("/?tag=fog&page=1")
    links = [
        link for link in elements(page, "a") if link.text in ("Oldest first", "Best first", "Lowest quality first")
    ]
    assert [titles(client.get(f"/{link.attributes['href']}"))[0] for link in links] == [
        "old best",
        "old best",
        "new unrated",
    ]
    assert all("tag=fog" in link.attributes["href"] for link in links)


def test_each_chip_drops_its_filter_and_keeps_the_rest(db: None, client: Client) -> None:
    page = client.get("/?tag=fog&tag=sea&content_type=video&sort=quality_score&page=1")
    assert [(link.text, link.attributes["href"]) for link in elements(page, "a", class_="chip")] == [
        ("Remove filter Type Video", "?sort=quality_score&tag=fog&tag=sea"),
        ("Remove filter Tag fog", "?content_type=video&sort=quality_score&tag=sea"),
        ("Remove filter Tag sea", "?content_type=video&sort=quality_score&tag=fog"),
        ("Clear all", "?sort=quality_score"),
    ]


def test_the_form_holds_what_was_asked(db: None, client: Client) -> None:
    page = client.get("/?q=sea&tag=fog&source=auto&creator=bob&min_quality=0.25&order=asc&page_size=7")
    fields = [
        (field.attributes["name"], field.attributes.get("value"))
        for field in elements(page, "input")
        if field.attributes.get("value") and "name" in field.attributes and "form" not in field.attributes
    ]
    assert fields == [("q", "sea"), ("q", "sea"), ("creator", "bob"), ("tag", "fog"), ("min_quality", "0.25")]
    chosen = [option.text for option in elements(page, "option") if "selected" in option.attributes]
    assert chosen == ["Automatic", "Oldest or lowest first", "7"]


def test_a_search_from_the_header_keeps_the_filters_in_force(db: None, client: Client) -> None:
    query = "content_type=image&min_quality=0.25&order=asc&page_size=7&tag=fog&tag=sea&view=scroll"
    page = client.get(f"/?{query}&q=sea&page=1")
    assert elements(page, "form", id="search-form", action="/")
    kept = elements(page, "input", form="search-form", type="hidden")
    assert urlencode([(field.attributes["name"], field.attributes["value"]) for field in kept]) == query
    assert elements(client.get("/"), "input", form="search-form") == []


MOMENTS = [
    ("2024-02-03", "date", "2024-02-03"),
    ("0001-01-01T00:00:00Z", "date", "0001-01-01"),
    ("2024-02-03T00:00:00.000001", None, "2024-02-03T00:00:00.000001"),
    ("2024-02-03T04:05:06.123456+02:00", None, "2024-02-03T04:05:06.123456+02:00"),
    ("2024-02-03T00:00:00+02:00", None, "2024-02-03T00:00:00+02:00"),
]


def test_the_form_sends_a_moment_as_it_came(db: None, client: Client) -> None:
    for moment, kind, sent in MOMENTS:
        page = client.get("/", {"created_after": moment})
        [field] = [field for field in elements(page, "input", name="created_after") if "form" not in field.attributes]
        assert (field.attributes.get("type"), field.attributes["value"]) == (kind, sent)


def test_blank_fields_of_the_form_change_nothing(db: None, client: Client) -> None:
    make("a")
    page = client.get("/?q=&content_type=&source=&creator=&tag=&created_after=&created_before=&min_quality=")
    assert (titles(page), texts(page, "a", class_="chip")) == (["a"], [])


# --- Pages


def test_a_page_in_the_middle_leads_both_ways(db: None, client: Client) -> None:
    newest = make("a", "b", "c")[-1].created_at
    page = client.get("/?page=2&page_size=1&sort=quality_score")
    pinned = urlencode({"as_of": f"{newest:%Y-%m-%dT%H:%M:%SZ}"})
    for tag in ("a", "link"):
        assert hrefs(page, tag, rel="prev") == [f"?{pinned}&page_size=1&sort=quality_score&page=1"]
        assert hrefs(page, tag, rel="next") == [f"?{pinned}&page_size=1&sort=quality_score&page=3"]
    numbers = [link for link in elements(page, "a") if "Page" in (link.attributes.get("aria-label") or "")]
    assert [(link.text, link.attributes.get("aria-current")) for link in numbers] == [
        ("1", None),
        ("2", "page"),
        ("3", None),
    ]


def test_the_ends_lead_one_way(db: None, client: Client) -> None:
    make("a", "b")
    first, last = client.get("/?page_size=1"), client.get("/?page_size=1&page=2")
    assert (hrefs(first, "a", rel="prev"), len(hrefs(first, "a", rel="next"))) == ([], 1)
    assert (len(hrefs(last, "a", rel="prev")), hrefs(last, "a", rel="next")) == (1, [])


def test_a_single_page_has_no_page_numbers(db: None, client: Client) -> None:
    make("a")
    assert elements(client.get("/"), "nav", class_="pagination") == []


def test_following_next_shows_every_work_once(db: None, client: Client) -> None:
    make(*"abcdefg")
    shown, address = [], "?page_size=3"
    for _ in range(3):
        page = client.get(f"/{address}")
        shown += titles(page)
        address = next(iter(hrefs(page, "a", rel="next")), None)
    assert (shown, address) == (list("gfedcba"), None)


def test_a_page_reached_by_cursor_leads_both_ways_and_shows_its_number(db: None, client: Client) -> None:
    make(*"abc")
    cursor = client.get("/?page_size=1").context["page"].next_cursor
    page = client.get("/", {"page_size": 1, "cursor": cursor})
    assert titles(page) == ["b"]
    assert [titles(client.get(f"/{hrefs(page, 'a', rel=way)[0]}")) for way in ("prev", "next")] == [["c"], ["a"]]
    current = [link.text for link in elements(page, "a") if link.attributes.get("aria-current") == "page"]
    assert "2" in current
    assert len(elements(page, "meta", name="robots", content="noindex, follow")) == 1


@pytest.mark.parametrize(("off", "names"), [(set(), ("1", "3")), (UNRANKED, ("First page", "Last page"))])
def test_the_first_and_last_page_are_a_step_from_any_cursor(
    db: None, client: Client, off: set[str], names: tuple[str, str]
) -> None:
    flags.remember(frozenset(off), seconds=None)
    make(*"abc")
    cursor = client.get("/?page_size=1").context["page"].next_cursor
    page = client.get("/", {"page_size": 1, "cursor": cursor})
    ends = [link.attributes["href"] for link in elements(page, "a") if link.text in names][:2]
    assert [titles(client.get(f"/{address}")) for address in ends] == [["c"], ["a"]]


def test_a_cursor_behind_which_everything_has_gone_leads_to_the_first_page(db: None, client: Client) -> None:
    items = make(*"abc")
    cursor = client.get("/?page_size=2").context["page"].next_cursor
    items[0].delete()
    page = client.get("/", {"page_size": 2, "cursor": cursor})
    assert texts(page, "h2") == ["Nothing is left here"]
    [first] = [link.attributes["href"] for link in elements(page, "a") if link.text == "Go to the first page"]
    assert titles(client.get(f"/{first}")) == ["c", "b"]


def test_the_ends_offer_no_way_beyond(db: None, client: Client) -> None:
    flags.remember(frozenset(UNRANKED), seconds=None)
    make(*"abc")
    cursor = client.get("/?page_size=2").context["page"].next_cursor
    page = client.get("/", {"page_size": 2, "cursor": cursor})
    ends = [link.text for link in elements(page, "a") if link.text in ("First page", "Last page")]
    assert ends == ["First page"]


def test_the_page_form_keeps_the_filters(db: None, client: Client) -> None:
    make("a", "b", tags=["fog"])
    page = client.get("/?page_size=1&tag=fog&page=2")
    hidden = elements(page, "input", type="hidden")
    assert {(field.attributes["name"], field.attributes["value"]) for field in hidden} == {
        ("page_size", "1"),
        ("tag", "fog"),
    }


CANONICAL = {
    "": "",
    "?page=1": "",
    "?q=&content_type=&tag=&created_after=&sort=created_at&order=desc&page_size=50": "",
    "?page=2&q=&page_size=1": "?page_size=1&page=2",
    "?page=02&page_size=01&order=desc": "?page_size=1&page=2",
    "?tag=fog&tag=sea&sort=quality_score&order=asc": "?order=asc&sort=quality_score&tag=fog&tag=sea",
}


def test_the_canonical_address_names_what_is_not_the_default(db: None, client: Client) -> None:
    make("a", "b", tags=["fog", "sea"])
    for query, canonical in CANONICAL.items():
        assert hrefs(client.get(f"/{query}"), "link", rel="canonical") == [f"http://testserver/{canonical}"]


def test_a_profiles_canonical_address_has_no_creator(client: Client, alice: User) -> None:
    page = client.get("/users/alice/?page=1&order=desc")
    assert hrefs(page, "link", rel="canonical") == ["http://testserver/users/alice/"]


# --- Safety and cost


def test_hostile_text_stays_text(db: None, client: Client) -> None:
    ContentItemFactory(title=HOSTILE, creator=UserFactory(name=HOSTILE), tags=[HOSTILE])
    page = client.get("/", {"tag": HOSTILE})
    assert titles(page) == [HOSTILE]
    assert texts(page, "a", class_="card__creator") == [HOSTILE]
    assert texts(page, "h1") == [f"Works tagged {HOSTILE}"]
    assert foreign_scripts(page) == []


def test_an_address_is_read_only(db: None, client: Client) -> None:
    assert [client.head("/").status_code, client.post("/").status_code] == [200, 405]


@pytest.mark.parametrize("rows", [1, 20])
def test_two_queries_show_a_gallery_of_one_page(
    db: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    make(*map(str, range(rows)), quality_score=0.5, tags=["fog"])
    with django_assert_num_queries(2):
        client.get("/")


@pytest.mark.parametrize("rows", [1, 20])
def test_a_reader_who_is_signed_in_costs_two_queries_more(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    make(*map(str, range(rows)), creator=alice, is_private=True)
    client.force_login(alice)
    with django_assert_num_queries(4):
        client.get("/")


def test_selecting_is_offered_to_those_who_can(client: Client, alice: User) -> None:
    ContentItemFactory()
    offered = [texts(client.get("/"), "a").count("Select")]
    client.force_login(alice)
    assert [*offered, texts(client.get("/"), "a").count("Select")] == [0, 1]
