"""Which index walks make up a list, how totals are said, and pages where the estimate was wrong."""

import pytest
from django.contrib import admin
from django.core.paginator import EmptyPage
from django.db.models import Q

from content.models import ContentItem
from genonaut.large_admin.paginators import RunsPaginator, fixed_by
from genonaut.pagination.indexes import index_scans
from genonaut.pagination.totals import Total, TotalKind
from genonaut.pagination.wording import total_text
from tests.factories import ContentItemFactory, UserFactory

CHOICES = {"is_private": [False, True], "kind": ["like", "view"]}
PREFIXES = ((), ("is_private", "creator"), ("is_private", "kind"))


def pages_of(condition: Q, per_page: int = 5) -> RunsPaginator:
    """Return the pages of the items that match, as their admin makes them."""
    item_admin = admin.site.get_model_admin(ContentItem)
    order = item_admin.order("created_at", True)
    return item_admin.pages(ContentItem.objects.filter(condition).order_by("pk"), per_page, order)


@pytest.mark.parametrize(
    ("fixed", "expected"),
    [
        ({}, [{}]),
        ({"is_private": True, "kind": "like"}, [{"is_private": True, "kind": "like"}]),
        ({"creator": 5}, [{"creator": 5, "is_private": False}, {"creator": 5, "is_private": True}]),
        ({"kind": "like"}, [{"kind": "like", "is_private": False}, {"kind": "like", "is_private": True}]),
        ({"is_private": False}, [{"is_private": False, "kind": "like"}, {"is_private": False, "kind": "view"}]),
        ({"creator": 5, "kind": "like"}, None),
        ({"title": "x"}, None),
    ],
)
def test_a_list_is_split_into_the_walks_that_indexes_give(fixed: dict, expected: list | None) -> None:
    assert index_scans(fixed, CHOICES, PREFIXES) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Q(), {}),
        (Q(creator=5, is_private=True), {"creator": 5, "is_private": True}),
        (Q(creator__id=5) & Q(source="auto"), {"creator": 5, "source": "auto"}),
        (Q(creator=5) | Q(source="auto"), None),
        (~Q(source="auto"), None),
        (Q(title__startswith="a"), None),
        (Q(quality_score__isnull=True), None),
    ],
)
def test_only_plain_equality_fixes_a_column(condition: Q, expected: dict | None) -> None:
    assert fixed_by(ContentItem.objects.filter(condition).query.where) == expected


@pytest.mark.parametrize(
    ("total", "text"),
    [
        (Total(1_204, TotalKind.EXACT), "1,204"),
        (Total(9_984_321, TotalKind.ESTIMATE), "about 9,980,000"),
        (Total(10_000, TotalKind.AT_LEAST), "more than 10,000"),
    ],
)
def test_a_total_says_how_well_it_is_known(total: Total, text: str) -> None:
    assert total_text(total) == text


@pytest.mark.django_db
def test_one_creators_items_of_one_type_are_looked_for_among_the_creators_own() -> None:
    alice = UserFactory()
    ContentItemFactory.create_batch(2, content_type="text")
    wanted = [ContentItemFactory(creator=alice, content_type="text", is_private=private) for private in (True, False)]
    ContentItemFactory(creator=alice, content_type="audio")

    pages = pages_of(Q(creator=alice, content_type="text"))

    assert pages.parts == [
        {"creator": alice.pk, "is_private": private, "level": level} for private in (False, True) for level in range(3)
    ]
    assert list(pages.page(1).object_list) == wanted[::-1]


@pytest.mark.django_db
def test_a_page_that_an_estimate_promised_is_replaced_by_the_last_there_is() -> None:
    items = ContentItemFactory.create_batch(7)
    pages = pages_of(Q())
    pages.total = Total(5_000, TotalKind.ESTIMATE)

    page = pages.nearest_page(900)

    assert (page.number, list(page.object_list)) == (2, [items[1], items[0]])
    assert pages.total == Total(7, TotalKind.EXACT)


@pytest.mark.django_db
def test_the_reach_of_page_numbers_is_the_last_page() -> None:
    pages = pages_of(Q(), per_page=50)
    pages.total = Total(10_000_000, TotalKind.ESTIMATE)

    assert (pages.num_pages, pages.is_cut) == (2_000, True)
    with pytest.raises(EmptyPage):
        pages.page(2_001)
