"""What a walk promises while others write: rows that stay unchanged are seen exactly once (traps 11 and 12).

Two connections and barriers: what a writer has not committed when a page is read appears, or not, between two pages.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import QueryDict
from rest_framework.test import APIClient

from content.listings import ContentListing
from content.models import ContentItem
from tests.factories import EPOCH, ContentItemFactory
from tests.pagination.walks import cursor_url, ids, read

TIMEOUT_SECONDS = 300
pytestmark = pytest.mark.django_db(transaction=True)
LISTS = ["/api/v1/content/?page_size=3", "/api/v1/content/?page_size=3&sort=quality_score"]


@pytest.fixture
def unchanged() -> list[int]:
    """12 items that nobody writes to, some of them of one key; their ids, newest and best first."""
    keys = [(EPOCH + timedelta(minutes=number // 3), number // 3 / 10) for number in range(12)]
    items = [ContentItemFactory(creator=None, created_at=time, quality_score=score) for time, score in keys]
    return [item.pk for item in reversed(items)]


@pytest.fixture
def beside() -> Iterator[Callable]:
    """Return what runs a function in a thread with a connection of its own."""
    with ThreadPoolExecutor(max_workers=2) as pool:

        def run(write: Callable[[], None]) -> object:
            def and_close() -> None:
                try:
                    write()
                finally:
                    connection.close()

            return pool.submit(and_close)

        yield run


def walk(api: APIClient, url: str, between: Callable[[int], None]) -> list[int]:
    """Return the ids of all pages by cursor; after page n, and before the next is read, `between(n)` is called."""
    page = read(api, url)
    seen = ids(page)
    for number in range(1, 40):
        between(number)
        if page["pagination"]["next_cursor"] is None:
            return seen
        page = read(api, cursor_url(url, page))
        seen += ids(page)
    raise AssertionError("The walk does not end.")


@pytest.mark.parametrize("url", LISTS)
@pytest.mark.parametrize("behind", [True, False])
def test_a_transaction_that_commits_late_moves_no_other_row(
    api: APIClient, unchanged: list[int], beside: Callable, url: str, behind: bool
) -> None:
    """Trap 11: a row older, or newer, than those already read is committed after the first page."""
    inserted, read_once = Barrier(2, timeout=TIMEOUT_SECONDS), Barrier(2, timeout=TIMEOUT_SECONDS)

    def insert_late() -> None:
        with transaction.atomic():
            time = EPOCH + timedelta(seconds=30) if behind else EPOCH + timedelta(days=1)
            ContentItemFactory(creator=None, created_at=time, quality_score=0.05 if behind else 1.0)
            inserted.wait()
            read_once.wait()

    writer = beside(insert_late)
    inserted.wait()

    def commit(page: int) -> None:
        if page == 1:
            read_once.wait()
            writer.result(TIMEOUT_SECONDS)

    seen = walk(api, url, commit)
    assert [pk for pk in seen if pk in unchanged] == unchanged
    assert len(seen) == len(unchanged) + behind


@pytest.mark.parametrize("url", LISTS)
def test_rows_inserted_at_every_step_move_no_other_row(api: APIClient, unchanged: list[int], url: str) -> None:
    """Trap 11."""

    def insert(number: int) -> None:
        ContentItemFactory(creator=None, created_at=EPOCH + timedelta(days=number), quality_score=1.0)
        ContentItemFactory(creator=None, created_at=EPOCH + timedelta(seconds=number), quality_score=0.15)

    seen = walk(api, url, insert)
    assert [pk for pk in seen if pk in unchanged] == unchanged
    assert len(seen) == len(set(seen))


def test_a_row_whose_key_changes_on_the_way_moves_no_other_row(
    api: APIClient, unchanged: list[int], beside: Callable
) -> None:
    """Trap 12: the first row seen falls behind the cursor, the last one rises before it, in one transaction."""
    rising = ContentItemFactory(creator=None, quality_score=None, created_at=EPOCH)
    falling = ContentItemFactory(creator=None, quality_score=1.0, created_at=EPOCH)

    def swap() -> None:
        with transaction.atomic():
            ContentItem.objects.filter(pk=rising.pk).update(quality_score=1.0)
            ContentItem.objects.filter(pk=falling.pk).update(quality_score=None)

    def between(page: int) -> None:
        if page == 2:
            beside(swap).result(TIMEOUT_SECONDS)

    seen = walk(api, LISTS[1], between)
    assert [pk for pk in seen if pk in unchanged] == unchanged
    assert [seen.count(rising.pk), seen.count(falling.pk)] == [0, 2]


def numbered_walk(api: APIClient, url: str, between: Callable[[int], None]) -> list[int]:
    """Return the ids of all pages by number, pinned to the moment first seen; `between` as in `walk`."""
    page = read(api, url)
    seen = ids(page)
    for number in range(1, 40):
        between(number)
        if page["links"]["next"] is None:
            return seen
        page = read(api, page["links"]["next"])
        seen += ids(page)
    raise AssertionError("The walk does not end.")


@pytest.mark.parametrize("url", LISTS)
@pytest.mark.parametrize("is_older", [True, False])
def test_a_late_commit_moves_pinned_pages_by_its_own_row_and_only_where_it_is_older(
    api: APIClient, unchanged: list[int], beside: Callable, url: str, is_older: bool
) -> None:
    """Trap 11: the row lies before what was read, of a time up to as_of or behind it."""
    inserted, read_once = (Barrier(2, timeout=TIMEOUT_SECONDS) for _ in range(2))

    def insert_late() -> None:
        with transaction.atomic():
            time = EPOCH + timedelta(minutes=3) if is_older else EPOCH + timedelta(days=1)
            ContentItemFactory(creator=None, created_at=time, quality_score=1.0)
            inserted.wait()
            read_once.wait()

    writer = beside(insert_late)
    inserted.wait()

    def commit(page: int) -> None:
        if page == 1:
            read_once.wait()
            writer.result(TIMEOUT_SECONDS)

    seen = numbered_walk(api, url, commit)
    # The last row of the first page is met again, as the first of the second.
    assert seen == (unchanged[:3] + unchanged[2:] if is_older else unchanged)


def test_a_row_that_moves_across_a_pinned_page_moves_the_rows_between_by_one(
    api: APIClient, unchanged: list[int], beside: Callable
) -> None:
    """Trap 12; what came after as_of may move as it likes."""
    rising = ContentItemFactory(creator=None, quality_score=None, created_at=EPOCH)
    ahead = {"later": None}

    def rise(page: int) -> None:
        if page == 1:
            ahead["later"] = ContentItemFactory(
                creator=None, quality_score=0.0, created_at=EPOCH + timedelta(days=1)
            ).pk
        if page == 2:
            beside(lambda: ContentItem.objects.filter(pk=ahead["later"]).update(quality_score=1.0)).result(
                TIMEOUT_SECONDS
            )
        if page == 3:
            beside(lambda: ContentItem.objects.filter(pk=rising.pk).update(quality_score=1.0)).result(TIMEOUT_SECONDS)

    assert numbered_walk(api, LISTS[1], rise) == unchanged[:9] + unchanged[8:]


@pytest.mark.parametrize("url", LISTS)
def test_rows_deleted_on_the_way_take_no_other_with_them(api: APIClient, unchanged: list[int], url: str) -> None:
    """Trap 8, while walking: at each step the row at the cursor goes."""
    doomed = [
        ContentItemFactory(creator=None, created_at=EPOCH + timedelta(minutes=number), quality_score=number / 10)
        for number in range(4)
    ]

    def delete(number: int) -> None:
        ContentItem.objects.filter(pk__in=[item.pk for item in doomed[4 - number :]]).delete()

    seen = walk(api, url, delete)
    assert [pk for pk in seen if pk in unchanged] == unchanged


def test_a_rolled_back_row_is_never_seen(api: APIClient, unchanged: list[int], beside: Callable) -> None:
    inserted, read_all = Barrier(2, timeout=TIMEOUT_SECONDS), Barrier(2, timeout=TIMEOUT_SECONDS)

    def insert_and_roll_back() -> None:
        with transaction.atomic():
            ContentItemFactory(creator=None, created_at=EPOCH)
            inserted.wait()
            read_all.wait()
            transaction.set_rollback(True)

    writer = beside(insert_and_roll_back)
    inserted.wait()
    seen = walk(api, LISTS[0], lambda _: None)
    read_all.wait()
    writer.result(TIMEOUT_SECONDS)
    assert seen == unchanged


class HiddenMeanwhile(ContentListing):
    """A list whose items become private after its page was chosen and before its rows are read."""

    def load(self, queryset: QuerySet) -> QuerySet:
        ContentItem.objects.update(is_private=True)
        return super().load(queryset)


class DeletedMeanwhile(ContentListing):
    """A list whose items are deleted at that moment."""

    def load(self, queryset: QuerySet) -> QuerySet:
        ContentItem.objects.all().delete()
        return super().load(queryset)


@pytest.mark.parametrize("listing", [HiddenMeanwhile, DeletedMeanwhile])
def test_an_item_that_goes_while_its_page_is_read_is_not_shown(
    unchanged: list[int], listing: type[ContentListing]
) -> None:
    """Trap 10."""
    assert listing(AnonymousUser(), QueryDict()).page().items == []
