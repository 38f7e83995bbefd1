"""The works of a page as their kept statement reads them, held against what the ORM loads for cards."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Model
from django.http import QueryDict

from content.card_rows import read_works
from content.listings import ContentListing
from content.models import ContentItem
from genonaut.pagination.list_rows import ListRows
from media.models import Library
from tests.factories import ContentItemFactory, MediaFileFactory, UserFactory
from users.models import User

pytestmark = pytest.mark.django_db


def rows(viewer: User | AnonymousUser) -> ListRows:
    return ContentListing(viewer, QueryDict("content_type=text")).rows


def loaded(instance: Model | None) -> dict[str, Any] | None:
    """Return all that was loaded of a row, and of the rows that it refers to."""
    if instance is None:
        return None
    fields = {name: value for name, value in vars(instance).items() if name != "_state"}
    cached = instance._state.fields_cache
    return {**fields, "from": instance._state.db, "related": {name: loaded(cached[name]) for name in sorted(cached)}}


def test_the_works_are_those_that_the_orm_loads(django_assert_num_queries: Callable[..., Any]) -> None:
    library = Library.objects.create(name="Fog", folder="/nowhere")
    file = MediaFileFactory(width=832, height=1216, duration=1.5, thumbhash=b"\x01\x02")
    works = [
        ContentItemFactory(content_type="text", data="Snow fell. " * 100, quality_score=0.5, creator=UserFactory()),
        ContentItemFactory(content_type="text", data="", creator=None, library=library, hides_prompt=True),
        ContentItemFactory(
            content_type="text", media_file=file, is_pictured=True, creator=UserFactory(is_active=False)
        ),
    ]
    pks = [work.pk for work in works]
    with django_assert_num_queries(1):
        read = {pk: loaded(item) for pk, item in read_works(rows(AnonymousUser()), pks).items()}
    assert read == {item.pk: loaded(item) for item in ContentItem.objects.filter(pk__in=pks).for_cards()}


def test_a_statement_that_was_kept_for_one_viewer_shows_another_nothing_private() -> None:
    owner, other = UserFactory(), UserFactory()
    private = ContentItemFactory(content_type="text", creator=owner, is_private=True)
    image = ContentItemFactory(content_type="image", creator=owner)
    for viewer, visible in ((owner, [private.pk]), (other, []), (AnonymousUser(), []), (owner, [private.pk])):
        assert list(read_works(rows(viewer), [private.pk, image.pk, 10**12])) == visible
    assert read_works(rows(owner), []) == {}


def test_the_plan_of_a_list_that_is_read_often_is_kept() -> None:
    def prepared() -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, generic_plans FROM pg_prepared_statements WHERE strpos(statement, 'card_opening') > 0"
            )
            return dict(cursor.fetchall())

    before = prepared()  # of tests that were here on the same connection
    work = ContentItemFactory(content_type="text")
    for _ in range(10):
        assert list(read_works(rows(AnonymousUser()), range(work.pk, work.pk + 10))) == [work.pk]
    assert [plans > 0 for name, plans in prepared().items() if name not in before] == [True]
