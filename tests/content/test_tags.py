"""Tags as filters: whatever the case of their letters and their Unicode form, and nothing but the whole tag."""

import pytest
from rest_framework.test import APIClient

from catalog.counting import compact
from catalog.models import Tag
from content.models import ContentItem
from tests.factories import ContentItemFactory

TAGS = [
    "Blue Sky",
    "ÉTÉ",
    "ＷＩＤＥ",
    "O'Hara \\ x",
    "Straße",
    "ΣΊΣΥΦΟΣ",
    "富士山",
    "#1",
    "a_b",
    "Ạ",
    "🔥",
    "@12",
    "x" * 100,
]


@pytest.fixture
def work(db: None) -> ContentItem:
    return ContentItemFactory(tags=TAGS)


def total(api: APIClient, *tags: str) -> int:
    return api.get("/api/v1/content/", {"tag": list(tags)}).json()["pagination"]["total_count"]


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_is_found_as_it_is_written(api: APIClient, work: ContentItem, tag: str) -> None:
    assert total(api, tag) == 1


@pytest.mark.parametrize(
    "tag",
    [
        *("blue sky", "BLUE SKY", "été", "e\u0301te\u0301", "E\u0301TE\u0301", "wide", "Wide", "o'hara \\ X", "straße"),
        *("STRAßE", "σίσυφοσ", "A_B", "ạ", "X" * 100),
    ],
)
def test_a_tag_is_found_in_any_case_and_form(api: APIClient, work: ContentItem, tag: str) -> None:
    assert total(api, tag) == 1


@pytest.mark.parametrize("tag", ["blue", "sky", "bluesky", "ete", "1", "a b", "12", "x" * 99, "'", "\\", "& | !", ":*"])
def test_what_is_not_the_whole_tag_finds_nothing(api: APIClient, work: ContentItem, tag: str) -> None:
    assert total(api, tag) == 0


def test_several_tags_are_all_there(api: APIClient, work: ContentItem) -> None:
    ContentItemFactory(tags=["blue sky"])
    assert (total(api, "BLUE SKY"), total(api, "blue sky", "Été"), total(api, "blue sky", "zebra")) == (2, 1, 0)


def test_a_tag_that_normalisation_makes_long_is_one_whatever_stands_beside_it(api: APIClient, db: None) -> None:
    # A letter that NFKC writes as 18: a word of an index has 2,046 bytes at most.
    long = "\ufdfa" * 100
    ContentItemFactory(tags=[long])
    ContentItemFactory(tags=[long, *(letter * 100 for letter in "xyz")])
    assert (total(api, long), total(api, "X" * 100)) == (2, 1)


def test_a_separator_of_ours_in_a_tag_parts_it_from_no_other(api: APIClient, db: None) -> None:
    ContentItemFactory(tags=["a\x01B"])
    ContentItemFactory.create_batch(2, tags=["a"])
    compact()
    assert [total(api, tag) for tag in ("A\x01b", "a", "b")] == [1, 2, 0]
    assert dict(Tag.objects.values_list("name", "works")) == {"a b": 1, "a": 2}
