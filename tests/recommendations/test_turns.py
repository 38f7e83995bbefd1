"""Turns of the worker: each goes on where the last one ended, and one is taken at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Count
from django.test import Client
from django.utils import timezone

from content.models import ContentItem
from content.trash import move_to_trash, restore
from interactions.models import Interaction
from recommendations import arrivals, learning, turns
from recommendations.freshness import refresh_if_needed
from recommendations.learning import learn
from recommendations.models import Arrival, Neighbours, PopularWork, Reason, Refresh, Watermark
from recommendations.refreshing import refresh
from recommendations.turns import learn_if_due, place_new_works, refresh_active
from recommendations.worker_tasks import recommend
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.html import titles
from tests.recommendations.acts import in_own_connection, like, never, recommended, wait_until, waiting_for_locks
from users.models import User

# What makes works alike, beside boats that are not.
FOX = ["red fox", "forest"]


def always() -> bool:
    return True


@pytest.fixture
def fox(alice: User) -> ContentItem:
    """A work that alice likes, and four of another taste, all learned and placed."""
    fox = ContentItemFactory(title="fox", tags=FOX)
    ContentItemFactory.create_batch(4, title="boat", tags=["boat"])
    like(alice, fox)
    learn()
    place_new_works(never)
    return fox


def let_learn() -> None:
    """Let the last learning be long ago."""
    Watermark.objects.filter(pk=turns.TRIED).update(moved_at=timezone.now() - turns.LEARNED_EVERY)
    Watermark.objects.filter(pk=turns.LEARNED).update(seconds=0)


def alike(item: ContentItem) -> list[str]:
    """Return the titles of the works that a work is like by its words."""
    lists = Neighbours.objects.filter(content=item, kind=Reason.ALIKE).values_list("neighbours", flat=True)
    return [ContentItem.objects.get(pk=pk).title for pk in lists.first() or ()]


def test_each_turn_moves_on_however_little_time_it_has(
    foxes: list[ContentItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "BATCH_DEEDS", 2)
    monkeypatch.setattr(turns, "OVERLAP_DEEDS", 1)
    marks = []
    for _ in range(Interaction.objects.count()):
        refresh_active(always)
        marks.append(Watermark.objects.get(pk=turns.DEEDS).row_id)
    assert 0 < marks[0] < marks[1] < marks[-1] == Interaction.objects.latest("pk").pk
    assert Refresh.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_turn_that_begins_during_another_ends_at_once(alice: User, foxes: list[ContentItem]) -> None:
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # So that learning waits at its end.
                cursor.execute(f"LOCK TABLE {PopularWork._meta.db_table} IN ACCESS EXCLUSIVE MODE")
            first = pool.submit(in_own_connection, recommend)
            wait_until(lambda: first.done() or waiting_for_locks())
            second = pool.submit(in_own_connection, recommend)
            # It would wait as well if it learned.
            second.result(timeout=300)
            assert not first.done()
        first.result()
    assert set(Watermark.objects.values_list("pk", flat=True)) == {
        *(turns.LEARNED, turns.TRIED, turns.SHOWN, turns.PLACED, turns.DEEDS)
    }
    assert PopularWork.objects.count() == 3


def test_a_work_that_is_published_later_is_recommended_at_the_next_turn(
    alice: User, bob: User, fox: ContentItem
) -> None:
    late = ContentItemFactory(title="late", tags=FOX, creator=bob, is_private=True)
    ContentItemFactory(title="newer", tags=["boat"])
    assert place_new_works(never) == 1
    late.is_private = False
    late.save()
    assert (place_new_works(never), place_new_works(never)) == (1, 0)
    refresh([alice.pk])
    assert ("late", Reason.ALIKE, "fox") in recommended(alice)
    # One that is private again is placed no more; out of the trash it is.
    ContentItem.objects.filter(pk=late.pk).update(is_private=True)
    ContentItem.objects.filter(pk=late.pk).update(is_private=False)
    works = ContentItem.objects.filter(pk=late.pk)
    move_to_trash(works)
    place_new_works(never)
    learn()
    assert alike(fox) == []
    restore(works)
    assert place_new_works(never) == 1
    assert alike(fox) == ["late"]


@pytest.mark.parametrize("is_published", [False, True])
def test_a_new_work_of_an_old_date_is_still_new_when_neighbours_are_learned(
    fox: ContentItem, monkeypatch: pytest.MonkeyPatch, is_published: bool
) -> None:
    old = ContentItemFactory(
        title="old", tags=FOX, created_at=datetime(2023, 1, 1, tzinfo=UTC), is_private=is_published
    )
    place_new_works(never)
    if is_published:
        ContentItem.objects.filter(pk=old.pk).update(is_private=False)
        place_new_works(never)
    assert alike(fox) == ["old"]
    # As if there were many of later dates.
    monkeypatch.setattr(learning, "MOST_NEW", 2)
    learn()
    assert alike(fox) == ["old"]


def test_a_work_that_was_committed_behind_the_mark_is_placed(fox: ContentItem) -> None:
    late = ContentItemFactory(title="late", tags=FOX)
    Watermark.objects.filter(pk=turns.PLACED).update(row_id=late.pk)
    assert place_new_works(never) == 1
    assert alike(fox) == ["late"]


def test_works_are_placed_step_by_step_and_of_too_many_that_are_published_the_newest(
    fox: ContentItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else most works have these tags, which tell nothing then.
    ContentItemFactory.create_batch(10, tags=["boat"])
    place_new_works(never)
    works = ContentItemFactory.create_batch(7, tags=FOX, is_private=True)
    public = ContentItemFactory.create_batch(3, tags=FOX)
    for name, value in (("MOST_WAITING", 4), ("MOST_PLACED", 6), ("BATCH_ROWS", 1)):
        monkeypatch.setattr(arrivals, name, value)
    monkeypatch.setattr(turns, "BATCH_WORKS", 2)
    monkeypatch.setattr(turns, "OVERLAP_WORKS", 1)
    ContentItem.objects.filter(pk__in=[work.pk for work in works]).update(is_private=False)
    waiting = list(Arrival.objects.filter(is_placed=False).order_by("-pk").values_list("content_id", flat=True))
    expected = {work.pk for work in public} | set(waiting[:4])
    turns_taken = 0
    while place_new_works(always):
        turns_taken += 1
        assert turns_taken <= len(expected)
    near = Neighbours.objects.get(content=fox, kind=Reason.ALIKE).neighbours
    assert (set(near) >= expected, turns_taken > 1) == (True, True)
    rows = Arrival.objects.values_list("is_placed").annotate(rows=Count("pk"))
    assert dict(rows) == {True: 6}


def test_who_did_nothing_sees_at_the_next_look_what_is_popular_by_then(client: Client, alice: User) -> None:
    client.force_login(alice)
    recommend()
    assert titles(client.get("/for-you/")) == []
    # Works alone, which none met; they are placed in the first turn.
    first = ContentItemFactory(title="first")
    for _ in range(2):
        let_learn()
        recommend()
    assert titles(client.get("/for-you/")) == ["first"]
    secret = ContentItemFactory(title="second", is_private=True)
    ContentItem.objects.filter(pk=secret.pk).update(is_private=False)
    for _ in range(2):
        let_learn()
        recommend()
    assert titles(client.get("/for-you/")) == ["second", "first"]
    # Others do something.
    like(UserFactory(), first)
    let_learn()
    recommend()
    assert titles(client.get("/for-you/")) == ["first", "second"]
    let_learn()
    assert (refresh_if_needed(alice), learn_if_due()) == (False, False)


REFUSE = f"""
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
    CREATE TRIGGER refuse BEFORE DELETE ON {PopularWork._meta.db_table} EXECUTE FUNCTION refuse()
"""


def test_what_learning_fails_at_holds_up_nothing_and_is_tried_again_after_a_rest(alice: User, fox: ContentItem) -> None:
    with connection.cursor() as cursor:
        cursor.execute(REFUSE)
    new = ContentItemFactory(title="new", tags=FOX)
    with pytest.raises(DatabaseError, match="not now"):
        recommend()
    assert (alike(fox), Arrival.objects.filter(content_id=new.pk, is_placed=True).count()) == (["new"], 1)
    assert ("new", Reason.ALIKE, "fox") in recommended(alice)
    recommend()
    let_learn()
    with pytest.raises(DatabaseError, match="not now"):
        recommend()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER refuse ON recommendations_popularwork")
    let_learn()
    recommend()
    assert Watermark.objects.filter(pk=turns.LEARNED).exists()


def test_who_did_nothing_is_refreshed_by_no_turn(foxes: list[ContentItem]) -> None:
    idle = UserFactory()
    refresh_active(never)
    assert not Refresh.objects.filter(user=idle).exists()
