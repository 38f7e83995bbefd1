"""Likes, compactions, rebuilds and deletions at the same time: no like is lost or counted twice, without a deadlock."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from django.db import OperationalError, connection, transaction

from content.bookkeeping import CountDelta
from content.models import ContentItem
from content.owners import delete_item
from interactions.counting import LOCK, catch_up, compact, drift, rebuild
from interactions.likes import UnknownItemError, set_mark
from interactions.models import Interaction, Kind
from tests.factories import ContentItemFactory, UserFactory
from tests.races import outcome_behind
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

LIKES, WAIT_SECONDS = 40, 300


def like_at_random(user: User, items: list[ContentItem], seed: int) -> None:
    """Like works and take likes off; a work may be gone."""
    random = Random(seed)
    for _ in range(LIKES):
        try:
            set_mark(user, random.choice(items).pk, Kind.LIKE, is_on=random.random() < 0.6)
        except UnknownItemError:
            continue


def count_meanwhile(_user: User, items: list[ContentItem], seed: int) -> None:
    """Compact and rebuild, and delete the last work in the midst of it."""
    for number in range(LIKES // 4):
        try:
            rebuild() if number % 3 == seed % 3 else compact()
        except OperationalError as error:
            assert "could not obtain lock" in str(error)
        if number == LIKES // 8 and seed == 0:
            delete_item(items[-1])


def hold_deltas() -> None:
    """Lock the deltas as autovacuum does, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def test_after_a_load_counting_waits_for_who_holds_the_deltas() -> None:
    set_mark(UserFactory(), ContentItemFactory().pk, Kind.LIKE, is_on=True)
    assert "could not obtain lock" in str(outcome_of_asking())
    assert outcome_behind(hold_deltas, catch_up) is None
    assert not CountDelta.objects.exists()


def outcome_of_asking() -> object:
    """Return what a compaction that only asks meets behind who holds the deltas."""
    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        hold_deltas()
        return pool.submit(asked).exception(timeout=WAIT_SECONDS)


def asked() -> None:
    """Compact on a connection of its own."""
    try:
        compact()
    finally:
        connection.close()


def test_counts_are_exact_whatever_goes_on_meanwhile() -> None:
    items, users = ContentItemFactory.create_batch(4), UserFactory.create_batch(6)
    acts = [count_meanwhile, count_meanwhile, *[like_at_random] * 4]

    def run(number: int) -> None:
        try:
            acts[number](users[number], items, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        for future in [threads.submit(run, number) for number in range(len(acts))]:
            future.result(WAIT_SECONDS)
    assert drift() == (0, 0, 0)
    compact()
    assert not CountDelta.objects.exists()
    expected = {item.pk: Interaction.objects.filter(content=item).count() for item in items[:-1]}
    assert dict(ContentItem.objects.values_list("pk", "likes")) == expected


def clean() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM content_countdelta")


def add_and_move() -> None:
    """Have a thousand pending likes, and none."""
    CountDelta.objects.bulk_create(
        CountDelta(content_id=0, likes=1, rating_count=0, rating_sum=0, weight=5) for _ in range(1_000)
    )
    compact()


def test_pending_likes_are_found_by_their_index_however_empty_their_table_was() -> None:
    """Connections keep plans, and thousands of likes may come before the server plans again."""
    cards = ContentItem.objects.for_cards().filter(pk=ContentItemFactory().pk)
    for _ in range(2):
        add_and_move()
        clean()
        assert "count_delta_likes" in cards.explain()
    # What a load counted leaves few pages.
    add_and_move()
    catch_up()
    assert "count_delta_likes" in cards.explain()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('content_countdelta') / 8192")
        assert 10 < cursor.fetchone()[0] < 40
