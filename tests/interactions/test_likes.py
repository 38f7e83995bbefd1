"""Likes and bookmarks: set once, taken off, never on what the user may not see."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from interactions.counting import compact
from interactions.likes import Marks, UnknownItemError, marked, marks_on, set_mark
from interactions.models import MARK_KINDS, Interaction, Kind
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.races import outcome_behind
from users.models import User

BIGGEST = 2**63 - 1


@pytest.fixture
def secret(alice: User) -> ContentItem:
    return ContentItemFactory(title="Secret", creator=alice, is_private=True)


def rows(**fields: object) -> list[tuple[int, int, str]]:
    """Return who did what to which items."""
    return list(Interaction.objects.filter(**fields).order_by("id").values_list("user_id", "content_id", "kind"))


@pytest.mark.parametrize("kind", MARK_KINDS)
def test_a_mark_is_set_once_and_taken_off_once(alice: User, kind: Kind) -> None:
    item = ContentItemFactory()
    for _ in range(2):
        set_mark(alice, item.pk, kind, is_on=True)
    assert rows() == [(alice.pk, item.pk, kind)]
    for _ in range(2):
        set_mark(alice, item.pk, kind, is_on=False)
    assert rows() == []


def test_taking_a_like_off_leaves_everything_else(alice: User, bob: User) -> None:
    item, other = ContentItemFactory(), ContentItemFactory()
    for user, content, kind in [(alice, item, Kind.BOOKMARK), (alice, other, Kind.LIKE), (bob, item, Kind.LIKE)]:
        InteractionFactory(user=user, content=content, kind=kind)
    before = rows()
    set_mark(alice, item.pk, Kind.LIKE, is_on=True)
    set_mark(alice, item.pk, Kind.LIKE, is_on=False)
    assert rows() == before


@pytest.mark.parametrize("is_on", [True, False])
def test_what_is_hidden_cannot_be_marked(bob: User, secret: ContentItem, is_on: bool) -> None:
    InteractionFactory(user=bob, content=secret, kind=Kind.LIKE)
    before = rows()
    for item_id in (secret.pk, secret.pk + 1, BIGGEST):
        with pytest.raises(UnknownItemError):
            set_mark(bob, item_id, Kind.BOOKMARK if is_on else Kind.LIKE, is_on=is_on)
    assert rows() == before


def test_its_creator_and_staff_mark_a_private_item(alice: User, staff: User, secret: ContentItem) -> None:
    for user in (alice, staff):
        set_mark(user, secret.pk, Kind.LIKE, is_on=True)
    assert rows() == [(alice.pk, secret.pk, "like"), (staff.pk, secret.pk, "like")]


@pytest.mark.parametrize("kind", sorted(set(Kind) - set(MARK_KINDS)))
def test_nothing_else_is_a_mark(alice: User, kind: Kind) -> None:
    with pytest.raises(ValueError, match=f"{kind} is no mark"):
        set_mark(alice, ContentItemFactory().pk, kind, is_on=True)


@pytest.mark.parametrize("is_on", [True, False])
def test_a_mark_is_set_in_one_query(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries, is_on: bool
) -> None:
    item = ContentItemFactory()
    savepoint = 2
    with django_assert_num_queries(savepoint + 1):
        set_mark(alice, item.pk, Kind.LIKE, is_on=is_on)


# --- At once


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run each act in a thread with a connection of its own, together; return what they return or raise."""
    barrier, outcomes = Barrier(len(acts), timeout=300), []

    def run(act: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait()
            outcomes.append(act())
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes


def test_four_likes_at_once_are_one(transactional_db: None) -> None:
    alice, item = UserFactory(), ContentItemFactory()
    for _ in range(5):
        set_mark(alice, item.pk, Kind.LIKE, is_on=False)
        acts = [lambda: set_mark(alice, item.pk, Kind.LIKE, is_on=True)] * 4
        assert at_once(*acts) == [None] * 4
        assert rows() == [(alice.pk, item.pk, "like")]


def test_an_item_that_goes_while_it_is_liked_is_unknown(transactional_db: None) -> None:
    alice, item = UserFactory(), ContentItemFactory()
    pk = item.pk  # a row that is deleted has none
    error = outcome_behind(item.delete, lambda: set_mark(alice, pk, Kind.LIKE, is_on=True))
    assert (type(error), type(error.__cause__)) == (UnknownItemError, IntegrityError)
    assert rows() == []


# --- What an item shows


def test_likes_are_everybodys_and_bookmarks_ones_own(alice: User, bob: User) -> None:
    item = ContentItemFactory()
    for user in (alice, bob):
        set_mark(user, item.pk, Kind.LIKE, is_on=True)
    set_mark(bob, item.pk, Kind.BOOKMARK, is_on=True)
    InteractionFactory(user=alice, content=item, kind=Kind.VIEW)
    set_mark(alice, ContentItemFactory().pk, Kind.BOOKMARK, is_on=True)
    assert marks_on(alice, item.pk) == Marks(like_count=2, is_liked=True, is_bookmarked=False)
    assert marks_on(bob, item.pk) == Marks(like_count=2, is_liked=True, is_bookmarked=True)


def test_a_like_stays_counted_when_its_account_is_gone(alice: User, bob: User) -> None:
    item = ContentItemFactory()
    set_mark(bob, item.pk, Kind.LIKE, is_on=True)
    bob.delete()
    assert marks_on(alice, item.pk).like_count == 1


def test_the_count_is_exact_before_and_after_a_compaction(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    item = ContentItemFactory()
    InteractionFactory.create_batch(2, content=item, kind=Kind.LIKE)
    compact()
    set_mark(alice, item.pk, Kind.LIKE, is_on=True)
    with django_assert_num_queries(1):
        assert marks_on(alice, item.pk) == Marks(like_count=3, is_liked=True, is_bookmarked=False)
    compact()
    assert marks_on(AnonymousUser(), item.pk) == Marks(like_count=3, is_liked=False, is_bookmarked=False)
    assert marks_on(alice, item.pk + 1) == Marks(like_count=0, is_liked=False, is_bookmarked=False)


def test_a_count_is_readable() -> None:
    texts = [Marks(count, is_liked=False, is_bookmarked=False).like_text for count in (0, 1, 999, 1_234_567)]
    assert texts == ["0 likes", "1 like", "999 likes", "1,234,567 likes"]


# --- The marks of many items


def test_marks_are_the_viewers_own_of_the_items_asked_for(alice: User, bob: User) -> None:
    first, second, third = ContentItemFactory.create_batch(3)
    for item, kind in [(second, Kind.LIKE), (first, Kind.LIKE), (first, Kind.BOOKMARK), (third, Kind.LIKE)]:
        set_mark(alice, item.pk, kind, is_on=True)
    set_mark(bob, second.pk, Kind.BOOKMARK, is_on=True)
    found = marked(alice, [second.pk, first.pk])
    assert found == {Kind.LIKE: [first.pk, second.pk], Kind.BOOKMARK: [first.pk]}


def test_a_mark_on_what_was_hidden_since_is_not_told(bob: User, staff: User, secret: ContentItem) -> None:
    for user in (bob, staff):
        InteractionFactory(user=user, content=secret, kind=Kind.LIKE)
    assert marked(bob, [secret.pk]) == {Kind.LIKE: [], Kind.BOOKMARK: []}
    assert marked(staff, [secret.pk]) == {Kind.LIKE: [secret.pk], Kind.BOOKMARK: []}


@pytest.mark.parametrize("items", [1, 20])
def test_the_marks_of_many_items_are_one_query(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries, items: int
) -> None:
    pks = [item.pk for item in ContentItemFactory.create_batch(items)]
    for pk in pks:
        set_mark(alice, pk, Kind.LIKE, is_on=True)
    with django_assert_num_queries(1):
        assert marked(alice, pks)[Kind.LIKE] == pks
