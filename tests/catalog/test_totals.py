"""The public works of one tag or creator, as of this moment, without counting them."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from catalog import totals
from catalog.counting import compact
from catalog.models import CatalogDelta
from catalog.totals import MOST_DELTAS, works_by, works_tagged
from content.models import ContentItem
from genonaut.pagination.filters import MAX_ID
from tests.factories import ContentItemFactory, GenerativeModelFactory
from users.models import User

pytestmark = pytest.mark.django_db


def change_some(alice: User) -> None:
    """Add a work of hers, make one private, give one other tags, and delete one: three of five are left."""
    first, second, third = ContentItem.objects.order_by("pk")[:3]
    ContentItemFactory(creator=alice, tags=["Fog", "fog"])
    ContentItem.objects.filter(pk=first.pk).update(is_private=True)
    ContentItem.objects.filter(pk=second.pk).update(tags=["sea"])
    third.delete()


@pytest.fixture
def works(alice: User) -> None:
    """Four works of hers in the fog, counted, and changes since that are not."""
    ContentItemFactory.create_batch(4, creator=alice, tags=["fog"])
    compact()
    change_some(alice)


@pytest.mark.parametrize("is_compacted", [True, False])
def test_the_works_of_a_tag_are_exact_with_what_is_not_counted_yet(works: None, is_compacted: bool) -> None:
    if is_compacted:
        compact()
    assert [works_tagged(tag) for tag in ("fog", "FOG", "ｆｏｇ", "sea", "sand", "fo")] == [2, 2, 2, 1, 0, 0]


@pytest.mark.parametrize("is_compacted", [True, False])
def test_the_works_of_an_account_are_exact_with_what_is_not_counted_yet(
    works: None, alice: User, bob: User, is_compacted: bool
) -> None:
    if is_compacted:
        compact()
    assert [works_by(pk) for pk in (alice.pk, bob.pk, 0, -1, MAX_ID, MAX_ID + 1)] == [3, 0, 0, 0, 0, 0]


def test_private_works_are_in_no_total(alice: User) -> None:
    ContentItemFactory(creator=alice, tags=["secret"], is_private=True)
    assert (works_tagged("secret"), works_by(alice.pk)) == (0, 0)


def test_a_count_that_drifted_below_zero_is_no_error(api: APIClient) -> None:
    model = GenerativeModelFactory(name="A")
    CatalogDelta.objects.create(model_ids=[model.pk], works=-1)
    answer = api.get("/api/v1/content/", {"model": "A"})
    assert (answer.status_code, answer.json()["pagination"]["total_count"]) == (200, 0)


@pytest.mark.parametrize("tag", ["a'b", "a\\b", "%s", '{"a",b}', "日本", "e\u0301", " ", "x" * 1_000])
def test_any_text_is_a_tag_with_or_without_works(tag: str) -> None:
    assert works_tagged(tag) == 0
    ContentItemFactory(creator=None, tags=[tag[:100]])
    assert works_tagged(tag[:100]) == 1


def test_a_total_takes_one_query(works: None, alice: User, django_assert_num_queries: Callable) -> None:
    with django_assert_num_queries(2):
        works_tagged("fog")
        works_by(alice.pk)


@pytest.mark.parametrize(("surplus", "is_known"), [(0, True), (1, False)])
def test_too_many_changes_make_a_total_unknown(alice: User, surplus: int, is_known: bool) -> None:
    CatalogDelta.objects.bulk_create(
        CatalogDelta(tags=["fog"], creator_id=alice.pk, works=1) for _ in range(MOST_DELTAS + surplus)
    )
    expected = MOST_DELTAS if is_known else None
    assert [works_tagged("fog"), works_tagged("sea")] == ([expected, 0] if is_known else [None, None])
    assert works_by(alice.pk) == expected


def test_an_id_that_is_too_large_asks_nothing(db: None, django_assert_num_queries: Callable) -> None:
    with django_assert_num_queries(0):
        assert totals.works_by(MAX_ID + 1) == 0
