"""Filters that a request does not name are not made, and nobody can tell."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict

from content.filters import ContentFilter
from content.models import ContentItem

QUERIES = (
    "",
    "page=2&sort=created_at",
    "content_type=image&tag=a&tag=b",
    "content_type=painting&min_quality=2&created_after=yesterday",
    "q=&creator=&tag=&min_quality=",
    "q=fog&created_before=2024-01-01T00:00:00Z&source=auto",
)


def filter_set(query: str, *, is_whole: bool = False) -> ContentFilter:
    """Return the gallery's filters as a query names them."""
    return ContentFilter(QueryDict(query), ContentItem.objects.all(), AnonymousUser(), is_whole=is_whole)


def test_only_filters_that_are_named_are_made() -> None:
    assert list(filter_set("page=2").filters) == []
    assert list(filter_set("source=auto&sort=created_at&q=").filters) == ["q", "source"]


@pytest.mark.parametrize("query", QUERIES)
def test_the_same_is_wrong_and_in_force_as_with_all_of_them(db: None, query: str) -> None:
    named, whole = filter_set(query), filter_set(query, is_whole=True)
    assert dict(named.errors) == dict(whole.errors)
    in_force = [
        {name: value for name, value in some.cleaned_data.items() if value not in ("", None, [])}
        for some in (named, whole)
    ]
    assert in_force[0] == in_force[1]
    if not named.errors:
        sql = [str(some.filter_queryset(some.queryset).query) for some in (named, whole)]
        assert sql[0] == sql[1]


def test_the_form_shows_every_filter_filled_with_what_was_asked() -> None:
    form = filter_set("source=auto").form
    assert list(form.fields) == list(ContentFilter.base_filters)
    assert form["source"].value() == "auto"
    assert form.errors == {}
