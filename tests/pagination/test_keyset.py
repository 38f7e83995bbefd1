"""Orders: what they refuse, and that walks along them equal Python's sort on any data."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.listings import ContentListing
from content.models import ContentItem
from genonaut.pagination.keyset import Key, Order
from genonaut.pagination.page import Page
from tests.api.endpoints import SORTS, Endpoint
from tests.factories import EPOCH, ContentItemFactory


@pytest.mark.parametrize("keys", [("quality_score", "id"), ("created_at", "creator", "id")])
def test_an_order_by_a_column_that_may_be_null_is_refused(keys: tuple[Key, ...]) -> None:
    """Trap 2."""
    with pytest.raises(ImproperlyConfigured, match="may be NULL"):
        Order(ContentItem, keys, is_descending=True)


@pytest.mark.parametrize("keys", [("created_at",), ("id", "created_at")])
def test_an_order_that_does_not_end_in_the_primary_key_is_refused(keys: tuple[Key, ...]) -> None:
    """Trap 1."""
    with pytest.raises(ImproperlyConfigured, match="must end in its primary key"):
        Order(ContentItem, keys, is_descending=False)


@pytest.mark.parametrize(("endpoint", "sort"), SORTS, ids=str)
def test_every_sort_is_a_total_order(endpoint: Endpoint, sort: str) -> None:
    order = Order(endpoint.listing.model, endpoint.listing.sorts[sort], is_descending=True)
    assert len(order.fields) == len(order.keys)


ROWS = st.lists(
    st.tuples(
        st.none() | st.sampled_from([0.0, 0.1, 1 / 3, 1.0]) | st.floats(min_value=0, max_value=1),
        st.integers(min_value=0, max_value=3),
    ),
    max_size=14,
)


def page_of(**parameters: object) -> Page:
    """Return the page of the gallery's list with these parameters."""
    query = QueryDict(mutable=True)
    query.update({name: str(value) for name, value in parameters.items()})
    return ContentListing(AnonymousUser(), query).page()


def walk(name: str, page: Page, **parameters: object) -> Iterator[Page]:
    """Yield a page and those behind its cursors. Fails when they do not end."""
    for _ in range(30):
        yield page
        cursor = getattr(page, name)
        if cursor is None:
            return
        page = page_of(cursor=cursor, **parameters)
    raise AssertionError("The walk does not end.")


def rank(sort: str, item: ContentItem) -> tuple:
    """Return what Python sorts an item by, in ascending order."""
    quality = -1 if item.quality_score is None else item.quality_score
    return (quality, item.created_at, item.pk) if sort == "quality_score" else (item.created_at, item.pk)


def make(rows: list[tuple[float | None, int]]) -> list[ContentItem]:
    return ContentItem.objects.bulk_create(
        ContentItemFactory.build(creator=None, quality_score=score, created_at=EPOCH + timedelta(microseconds=step))
        for score, step in rows
    )


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    page_size=st.integers(min_value=1, max_value=7),
    order=st.sampled_from(["asc", "desc"]),
    sort=st.sampled_from(["created_at", "quality_score"]),
)
def test_walks_both_ways_equal_python_s_sort(
    rows: list[tuple[float | None, int]], page_size: int, order: str, sort: str
) -> None:
    """Traps 1, 2, 4 and 5."""
    parameters = {"page_size": page_size, "order": order, "sort": sort}
    with transaction.atomic():
        items = sorted(make(rows), key=lambda item: rank(sort, item), reverse=order == "desc")
        there = list(walk("next_cursor", page_of(**parameters), **parameters))
        back = list(walk("prev_cursor", there[-1], **parameters))
        transaction.set_rollback(True)
    assert [item.pk for page in there for item in page.items] == [item.pk for item in items]
    assert [[item.pk for item in page.items] for page in back[::-1]] == [
        [item.pk for item in page.items] for page in there
    ]
