"""Lists in tiers: best matches first, the newest first in each tier; any page, both directions, every filter."""

from random import Random
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from rest_framework.test import APIClient

from content.listings import ContentListing
from content.models import ContentItem
from genonaut.pagination import windows
from tests.factories import ContentItemFactory, UserFactory
from tests.pagination.walks import ids, read
from users.models import User

CONTENT = "/api/v1/content/"
TEXTS = (
    {"title": "Fire dragon", "prompt": "a hill"},
    {"title": "A hill", "prompt": "a dragon of fire"},
    {"title": "A hill", "tags": ["Dragon", "FIRE"]},
    {"title": "A dragon", "tags": ["fire"]},
    {"title": "A hill", "tags": ["fire dragon"]},
    {"title": "Dragons and fires", "prompt": "fire"},
    {"title": "A hill", "prompt": "a hill"},
)
# Of each of these texts: how well it matches `fire dragon`.
TIERS = (2, 0, 1, 1, 0, 2, None)


@pytest.fixture
def alice(db: None) -> User:
    return UserFactory(username="alice")


@pytest.fixture
def matches(alice: User) -> list[int]:
    """The ids of 120 works that match `fire dragon`, the best first and the newest first among equals."""
    random, found = Random(5), []
    for number in range(150):
        choice = random.randrange(len(TEXTS))
        item = ContentItemFactory.build(creator=alice, is_private=number % 10 == 0, **TEXTS[choice])
        item.save()
        if TIERS[choice] is not None and not item.is_private:
            found.append((TIERS[choice], item.created_at, item.pk))
    return [pk for _, _, pk in sorted(found, reverse=True)]


def read_all(api: APIClient, query: str) -> list[int]:
    """Return the ids of a list, page by page along `next_cursor`."""
    page = read(api, f"{CONTENT}?{query}")
    found = ids(page)
    while (cursor := page["pagination"]["next_cursor"]) is not None:
        page = read(api, f"{CONTENT}?{query}&cursor={cursor}")
        found += ids(page)
    return found


def test_the_best_matches_come_first(api: APIClient, matches: list[int]) -> None:
    assert ids(read(api, f"{CONTENT}?q=fire+dragon&sort=match&page_size=200")) == matches


@pytest.mark.parametrize("size", [7, 50])
def test_pages_by_cursor_are_the_list(api: APIClient, matches: list[int], size: int) -> None:
    assert read_all(api, f"q=fire+dragon&sort=match&page_size={size}") == matches
    assert read_all(api, f"q=fire+dragon&sort=match&page_size={size}&order=asc") == matches[::-1]


def test_pages_by_number_and_back_are_the_list(api: APIClient, matches: list[int]) -> None:
    url = f"{CONTENT}?q=fire+dragon&sort=match&page_size=10"
    for number in range(1, -(-len(matches) // 10) + 1):
        page = read(api, f"{url}&page={number}")
        assert ids(page) == matches[(number - 1) * 10 : number * 10]
        assert page["pagination"]["total_count"] == len(matches)
        if number > 1:
            back = read(api, f"{url}&cursor={page['pagination']['prev_cursor']}")
            assert ids(back) == matches[(number - 2) * 10 : (number - 1) * 10]


def test_tiers_are_read_by_windows_once_they_are_long(
    api: APIClient, matches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "LEAST_WINDOWED", 1)
    monkeypatch.setattr(windows, "SPARE_ROWS", 5)
    assert read_all(api, "q=fire+dragon&sort=match&page_size=9") == matches


def test_filters_stay_in_force(api: APIClient, matches: list[int]) -> None:
    tagged = set(ContentItem.objects.filter(tags__overlap=["fire", "FIRE"]).values_list("pk", flat=True))
    expected = [pk for pk in matches if pk in tagged]
    assert read_all(api, "q=fire+dragon&sort=match&tag=Fire&page_size=9") == expected != []


def test_own_private_works_are_among_them(api: APIClient, matches: list[int], alice: User) -> None:
    api.force_authenticate(alice)
    own = ids(read(api, f"{CONTENT}?q=fire+dragon&sort=match&page_size=200"))
    assert set(own) == set(ContentItem.objects.matching("fire dragon").values_list("pk", flat=True)) > set(matches)


def test_best_match_is_a_sort_of_a_search(api: APIClient, db: None) -> None:
    answer = api.get(f"{CONTENT}?sort=match")
    assert (answer.status_code, answer.json()["errors"]) == (400, {"sort": ["Lists are sorted by match only with q."]})
    assert api.get(f"{CONTENT}?sort=match&q=").status_code == 400


def test_a_creator_s_name_is_a_better_match_than_a_prompt(api: APIClient, alice: User) -> None:
    mentioned = ContentItemFactory(title="A hill", prompt="to alice")
    by = ContentItemFactory(title="A hill", creator=alice)
    later = ContentItemFactory(title="A hill", prompt="from alice")
    assert ids(read(api, f"{CONTENT}?q=alice&sort=match")) == [by.pk, later.pk, mentioned.pk]


def test_a_search_s_links_keep_the_sort_and_drop_it_with_the_search(db: None) -> None:
    listing = ContentListing(AnonymousUser(), QueryDict("q=dragon&sort=match&content_type=image"))
    assert listing.query_with(page=2) == "?content_type=image&q=dragon&sort=match&page=2"
    assert listing.query_without("q") == "?content_type=image"
    assert listing.query_without("content_type") == "?q=dragon&sort=match"


ALL_ALIKE = ["-dragon", 'tag:fire -"fire dragon"', "-creator:bob", "steps:20 or -dragon", " ".join(map(str, range(99)))]


@pytest.mark.parametrize("query", ALL_ALIKE)
def test_a_search_whose_finds_match_alike_is_one_tier(alice: User, query: str) -> None:
    """Another would be of rows that match it and do not: no index finds that there are none."""
    listing = ContentListing(AnonymousUser(), QueryDict(urlencode({"q": query, "sort": "match"})))
    assert listing.tiers() == []


@pytest.mark.parametrize("query", ["dragon", "tag:fire dragon", "-dragon or fire", "fire"])
def test_a_search_of_words_has_tiers(alice: User, query: str) -> None:
    listing = ContentListing(AnonymousUser(), QueryDict(f"q={query}&sort=match"))
    assert len(listing.tiers()) == 2


@pytest.mark.parametrize("query", ["-dragon", "tag:fire", "-creator:bob"])
def test_a_search_of_one_tier_is_the_list_by_time(api: APIClient, matches: list[int], query: str) -> None:
    by_time = read_all(api, f"q={query}&page_size=200")
    for size in (7, 200):
        assert read_all(api, f"q={query}&sort=match&page_size={size}") == by_time != []
        assert read_all(api, f"q={query}&sort=match&order=asc&page_size={size}") == by_time[::-1]


@pytest.mark.parametrize(
    "query", ["-dragon", "tag:fire", "fire or hill", '"fire dragon"', "a", "!!!", "fire " * 60, "'", "alice"]
)
def test_every_search_can_be_sorted_by_match(api: APIClient, matches: list[int], query: str) -> None:
    found = ids(read(api, f"{CONTENT}?q={query}&page_size=200"))
    by_match = ids(read(api, f"{CONTENT}?q={query}&sort=match&page_size=200"))
    assert sorted(by_match) == sorted(found)
