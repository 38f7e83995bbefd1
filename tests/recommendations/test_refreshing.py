"""Recommendations as they are made: what leads to them, and what is never among them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from genonaut.worker_process import stopping
from interactions.models import Interaction, Kind
from media import hash_bands
from media.models import MediaFile
from recommendations import pictures, reading, refreshing, turns
from recommendations.dismissals import dismiss
from recommendations.freshness import refresh_if_needed
from recommendations.learning import learn
from recommendations.models import Dismissal, Neighbours, PopularWork, Reason, Recommendation, Refresh, Watermark
from recommendations.refreshing import MOST, compute, refresh, write
from recommendations.turns import learn_if_due, place_new_works, refresh_active
from recommendations.worker_tasks import recommend
from tests.factories import ContentItemFactory, MediaFileFactory, UserFactory
from tests.processes import manage_with
from tests.recommendations.acts import (
    in_own_connection,
    like,
    never,
    recommended,
    titles,
    wait_until,
    waiting_for_locks,
)
from users.levels import Level
from users.models import User

# The newest interaction; what was taken back, deeds, dismissals, neighbours of three kinds, popular works, public ones,
# the level; the account's lock, what it did since, the works' lock, what goes, what comes, the state, and a savepoint
# around them, which are two.
REFRESH_QUERIES = 18


def test_who_likes_a_work_is_recommended_what_others_liked_with_it(alice: User, foxes: list[ContentItem]) -> None:
    boat = ContentItemFactory(title="boat")
    like(UserFactory(), boat)
    learn()
    like(alice, foxes[0])
    refresh([alice.pk])
    shown = recommended(alice)
    assert {(title, *why) for title, *why in shown} == {
        ("fox cub", Reason.COVISITED, "fox"),
        ("vixen", Reason.COVISITED, "fox"),
        ("boat", Reason.POPULAR, None),
    }
    assert shown[-1][0] == "boat"


def test_own_private_seen_disliked_and_dismissed_works_are_not_recommended(alice: User, bob: User) -> None:
    fox = ContentItemFactory(title="fox")
    others = {
        "open": ContentItemFactory(title="open"),
        "own": ContentItemFactory(title="own", creator=alice),
        "own secret": ContentItemFactory(title="own secret", creator=alice, is_private=True),
        "secret": ContentItemFactory(title="secret", creator=bob, is_private=True),
        "seen": ContentItemFactory(title="seen"),
        "rated": ContentItemFactory(title="rated"),
        "dismissed": ContentItemFactory(title="dismissed"),
        "by the system": ContentItemFactory(title="by the system", creator=None),
    }
    for _ in range(5):
        like(UserFactory(), fox, *others.values())
    like(alice, fox)
    like(alice, others["seen"], kind=Kind.VIEW)
    like(alice, others["rated"], kind=Kind.RATE, rating=1)
    Dismissal.objects.create(user=alice, content=others["dismissed"])
    learn()
    refresh([alice.pk])
    assert titles(alice) == {"open", "by the system"}
    # One that becomes private goes with the next refresh, and is shown to none in between.
    others["open"].is_private = True
    others["open"].save()
    assert Recommendation.objects.visible_to(alice).count() == 1
    refresh([alice.pk])
    assert titles(alice) == {"by the system"}


@pytest.mark.parametrize("level", Level)
def test_works_above_the_users_level_take_no_place(alice: User, level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "MOST", 1)
    fox = ContentItemFactory(title="fox")
    works = [ContentItemFactory(title=str(number), level=number) for number in Level]
    # The more explicit, the nearer.
    for number, work in enumerate(works):
        for _ in range(3 + 3 * number):
            like(UserFactory(), fox, work)
    learn()
    User.objects.filter(pk=alice.pk).update(shown_level=level)
    like(alice, fox)
    refresh([alice.pk])
    assert titles(User.objects.get(pk=alice.pk)) == {str(level.value)}


def test_a_low_rating_leads_nowhere(alice: User, foxes: list[ContentItem]) -> None:
    learn()
    like(alice, foxes[0], kind=Kind.RATE, rating=1)
    like(alice, foxes[0], kind=Kind.VIEW)
    refresh([alice.pk])
    assert {reason for _title, reason, _because in recommended(alice)} == {Reason.POPULAR}


def test_a_new_user_gets_what_is_popular_then_what_is_new(alice: User, foxes: list[ContentItem]) -> None:
    ContentItemFactory(title="unseen")
    learn()
    refresh([alice.pk])
    assert [title for title, _reason, _because in recommended(alice)] == ["vixen", "fox cub", "fox", "unseen"]


def test_a_new_work_is_recommended_by_its_words_at_the_next_turn(alice: User, db: None) -> None:
    fox = ContentItemFactory(title="a", tags=["red fox", "forest"])
    ContentItemFactory.create_batch(4, title="b", tags=["boat"])
    like(alice, fox)
    assert learn_if_due()
    place_new_works(never)
    new = ContentItemFactory(title="newcomer", tags=["red fox", "forest"])
    secret = ContentItemFactory(title="secret", tags=["red fox", "forest"], is_private=True)
    assert place_new_works(never) == 1
    refresh([alice.pk])
    assert ("newcomer", Reason.ALIKE, "a") in recommended(alice)
    near = Neighbours.objects.get(content=fox, kind=Reason.ALIKE).neighbours
    assert (near.count(new.pk), near.count(secret.pk)) == (1, 0)
    assert place_new_works(never) == 0
    # Nor is a private work that its creator looks at.
    like(secret.creator, secret, kind=Kind.VIEW)
    learn()
    near = Neighbours.objects.get(content=fox, kind=Reason.ALIKE).neighbours
    assert (near.count(new.pk), near.count(secret.pk)) == (1, 0)


def test_a_like_changes_recommendations_at_the_next_look_and_only_then(
    alice: User, foxes: list[ContentItem], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    learn()
    assert refresh_if_needed(alice)
    with django_assert_num_queries(1):
        assert not refresh_if_needed(alice)
    like(alice, foxes[0])
    assert refresh_if_needed(alice)
    assert ("vixen", Reason.COVISITED, "fox") in recommended(alice)
    Interaction.objects.filter(user=alice).delete()
    assert refresh_if_needed(alice)


def test_another_level_changes_recommendations_at_the_next_look_and_only_then(
    alice: User, foxes: list[ContentItem]
) -> None:
    ContentItem.objects.filter(title="vixen").update(level=Level.SENSITIVE)
    like(alice, foxes[0])
    learn()
    refresh_if_needed(alice)
    assert "vixen" not in titles(alice)
    alice.shown_level = Level.SENSITIVE
    alice.save()
    assert refresh_if_needed(alice)
    assert "vixen" in titles(alice)
    assert not refresh_if_needed(alice)


def pictured(title: str, bits: int, **fields: object) -> ContentItem:
    """Return a work whose picture differs from an empty one in some bits of its hash."""
    return ContentItemFactory(title=title, media_file=MediaFileFactory(perceptual_hash=(1 << bits) - 1), **fields)


def near_titles(item: ContentItem) -> list[str]:
    """Return the titles of a work's neighbours by pictures, the nearest first."""
    pks = Neighbours.objects.get(content=item, kind=Reason.NEAR).neighbours
    return [ContentItem.objects.get(pk=pk).title for pk in pks]


def test_who_likes_a_work_is_recommended_what_looks_like_it_and_no_repost(alice: User, bob: User) -> None:
    tower = pictured("tower", 0)
    pictured("far tower", 20)
    pictured("secret", 1, creator=bob, is_private=True)
    for title, bits in (("like", 5), ("most like", 2)):
        pictured(title, bits)
    ContentItemFactory(title="repost", media_file=tower.media_file)
    ContentItemFactory(title="repost of like", media_file=ContentItem.objects.get(title="like").media_file)
    like(alice, tower)
    learn()
    refresh([alice.pk])
    assert near_titles(tower) == ["most like", "like"]
    shown = {(title, because) for title, reason, because in recommended(alice) if reason == Reason.NEAR}
    assert shown == {("most like", "tower"), ("like", "tower")}
    # One that comes later is a neighbour a minute later, or at the next learning if its hash was not there yet.
    newest = pictured("newest", 1)
    later = ContentItemFactory(title="later", media_file=MediaFileFactory(perceptual_hash=None))
    place_new_works(never)
    assert (near_titles(tower), near_titles(newest)) == (
        ["newest", "most like", "like"],
        ["most like", "tower", "like"],
    )
    MediaFile.objects.filter(pk=later.media_file_id).update(perceptual_hash=0)
    learn()
    assert near_titles(tower)[0] == "later"


def test_flat_pictures_look_like_none_and_lists_by_pictures_are_made_a_few_at_a_time(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = [pictured(f"flat {n}", 0) for n in range(5)]
    monkeypatch.setattr(hash_bands, "MOST_OF_VALUE", (3, 3))
    monkeypatch.setattr(pictures, "MOST_DUE", 3)
    lists = Neighbours.objects.filter(kind=Reason.NEAR)
    learn()
    assert set(lists.values_list("content", flat=True)) == {work.pk for work in works[2:]}
    learn()
    assert {tuple(near) for near in lists.values_list("neighbours", flat=True)} == {()}
    assert lists.count() == 5


@pytest.mark.parametrize("works", [1, 20])
def test_a_refresh_takes_as_many_queries_whatever_a_user_did(
    alice: User, foxes: list[ContentItem], django_assert_num_queries: DjangoAssertNumQueries, works: int
) -> None:
    like(alice, foxes[0], *ContentItemFactory.create_batch(works))
    learn()
    with django_assert_num_queries(REFRESH_QUERIES):
        refresh_if_needed(alice)


def test_what_stays_keeps_its_served_mark_and_what_others_computed_is_left(
    alice: User, foxes: list[ContentItem]
) -> None:
    learn()
    theirs = Recommendation.objects.create(user=alice, content=foxes[0], score=0.5, algorithm="theirs-1")
    refresh([alice.pk])
    Recommendation.objects.update(is_served=True)
    like(alice, foxes[0])
    refresh([alice.pk])
    rows = Recommendation.objects.filter(user=alice).exclude(pk=theirs.pk)
    assert set(rows.values_list("content__title", "is_served")) == {("fox cub", True), ("vixen", True)}
    assert Recommendation.objects.filter(pk=theirs.pk).exists()


def test_no_creator_has_more_than_a_share(alice: User, bob: User) -> None:
    fox = ContentItemFactory()
    works = ContentItemFactory.create_batch(10, creator=bob)
    like(UserFactory(), fox, *works)
    like(alice, fox)
    learn()
    refresh([alice.pk])
    assert len(recommended(alice)) == 6 < MOST


def test_turns_go_on_where_they_ended_and_done_twice_they_do_no_more(alice: User, foxes: list[ContentItem]) -> None:
    like(alice, foxes[0])
    assert (learn_if_due(), learn_if_due()) == (True, False)
    assert (place_new_works(never), refresh_active(never), refresh_active(never)) == (3, 6, 0)
    assert "vixen" in titles(alice)
    marks = dict(Watermark.objects.values_list("name", "row_id"))
    newest = Interaction.objects.latest("pk").pk
    learned = {turns.LEARNED: newest, turns.TRIED: newest, turns.SHOWN: 0}
    assert marks == {**learned, turns.PLACED: foxes[-1].pk, turns.DEEDS: newest}
    # Learned again once enough time went by and works were placed or something was done; then all who are active are
    # refreshed.
    long_ago = timezone.now() - turns.LEARNED_EVERY
    for is_due in (True, False):
        Watermark.objects.filter(pk=turns.TRIED).update(moved_at=long_ago)
        Watermark.objects.filter(pk=turns.LEARNED).update(seconds=0)
        assert learn_if_due() == is_due
    like(UserFactory(), foxes[0])
    assert learn_if_due()
    assert refresh_active(never) == 7
    Watermark.objects.filter(pk=turns.LEARNED).update(moved_at=timezone.now())
    assert refresh_active(never) == 7


def test_what_is_learned_goes_with_its_work_and_its_account(alice: User, foxes: list[ContentItem]) -> None:
    like(alice, foxes[0])
    learn()
    refresh([alice.pk])
    foxes[0].delete()
    assert set(Recommendation.objects.filter(user=alice).values_list("because", flat=True)) == {None}
    assert PopularWork.objects.filter(content__title="fox").count() == 0
    refresh([alice.pk])
    Interaction.objects.all().delete()
    learn()
    assert Neighbours.objects.filter(kind=Reason.COVISITED).count() == 0
    alice.delete()
    assert (Refresh.objects.count(), Recommendation.objects.count()) == (0, 0)
    assert refresh([alice.pk or 1]) == 0


def test_what_was_seen_long_ago_is_not_recommended(
    alice: User, foxes: list[ContentItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_OF_A_USER", 1)
    learn()
    like(alice, foxes[1], kind=Kind.VIEW)
    like(alice, foxes[0])
    refresh([alice.pk])
    assert titles(alice) == {"vixen"}


def test_what_was_seen_long_ago_takes_no_place(
    alice: User, foxes: list[ContentItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_OF_A_USER", 1)
    monkeypatch.setattr(refreshing, "MOST_CANDIDATES", 2)
    fox, cub, vixen = foxes
    # Fewer met it with the fox.
    kit = ContentItemFactory(title="kit")
    like(UserFactory(), fox, kit)
    learn()
    like(alice, cub, vixen, kind=Kind.VIEW)
    like(alice, fox)
    refresh([alice.pk])
    assert titles(alice) == {"kit"}


def test_the_task_of_the_worker_does_all_of_it_and_nothing_once_it_is_to_end(
    alice: User, foxes: list[ContentItem]
) -> None:
    like(alice, foxes[0])
    stopping.set()
    try:
        recommend()
    finally:
        stopping.clear()
    assert Watermark.objects.count() == 0
    recommend()
    assert titles(alice) == {"fox cub", "vixen"}


@pytest.mark.django_db(transaction=True)
def test_an_idle_worker_loads_no_numpy(alice: User) -> None:
    like(alice, ContentItemFactory())
    recommend()
    changes = (
        "import sys; from recommendations.worker_tasks import recommend; recommend();"
        "print([name for name in ('numpy', 'scipy') if name in sys.modules]); sys.exit()"
    )
    worker = manage_with(changes)
    shown, errors = worker.communicate(timeout=300)
    assert (shown, errors, worker.returncode) == ("[]\n", "", 0)


def test_what_is_done_while_recommendations_are_made_is_not_recommended_again(
    alice: User, foxes: list[ContentItem]
) -> None:
    fox, cub, vixen = foxes
    like(alice, fox)
    learn()
    computed = compute([alice.pk])
    assert set(computed[0].picked.works) == {cub.pk, vixen.pk}
    # A like: what was computed is older than what the user's own page wrote.
    like(alice, cub)
    assert refresh_if_needed(alice)
    assert (write(computed), titles(alice)) == (0, {"vixen"})
    assert not refresh_if_needed(alice)
    # A dismissal, which is no interaction.
    computed = compute([alice.pk])
    dismiss(alice, vixen.pk)
    assert (write(computed), titles(alice)) == (1, set())


@pytest.mark.django_db(transaction=True)
def test_a_dismissal_waits_for_recommendations_that_are_being_written(alice: User, foxes: list[ContentItem]) -> None:
    like(alice, foxes[0])
    learn()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            write(compute([alice.pk]))
            dismissal = pool.submit(in_own_connection, dismiss, alice, foxes[1].pk)
            wait_until(lambda: dismissal.done() or waiting_for_locks())
        dismissal.result()
    assert titles(alice) == {"vixen"}
