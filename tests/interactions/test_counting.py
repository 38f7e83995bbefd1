"""Likes, ratings and popularity of works: whatever is done, in whatever way, columns and deltas together say it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from content.bookkeeping import CountDelta, CountState
from content.models import ContentItem
from interactions.counting import Drift, compact, compact_when_due, drift, rebuild, refresh
from interactions.merging import merge
from interactions.models import Interaction, Kind
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from users.models import User

pytestmark = pytest.mark.django_db

RIGHT = Drift(0, 0, 0)


@pytest.fixture
def item(db: None) -> ContentItem:
    return ContentItemFactory(quality_score=0.8)


def counts(item: ContentItem) -> tuple[int, int, int, float]:
    """Return what a work's columns say once all is moved: likes, ratings, stars, popularity."""
    compact()
    assert not CountDelta.objects.exists()
    assert drift() == RIGHT
    return ContentItem.objects.values_list("likes", "rating_count", "rating_sum", "popularity").get(pk=item.pk)


def now_done(item: ContentItem, kind: Kind, **fields: object) -> Interaction:
    """Do something with a work at this moment."""
    return InteractionFactory(content=item, kind=kind, created_at=timezone.now(), **fields)


def test_what_is_done_is_counted_and_taken_off(item: ContentItem) -> None:
    likes = [now_done(item, Kind.LIKE) for _ in range(3)]
    rating = now_done(item, Kind.RATE, rating=4)
    now_done(item, Kind.VIEW)
    now_done(item, Kind.COMMENT, comment="Lovely")
    assert drift() == RIGHT  # pending deltas included
    assert counts(item) == (3, 1, 4, 3 * 5 + 3 + 1 + 3)
    likes[0].delete()
    Interaction.objects.filter(pk=rating.pk).update(rating=2)
    assert counts(item) == (2, 1, 2, 2 * 5 + 3 + 1 + 3)


def test_what_was_done_long_ago_makes_no_work_popular(item: ContentItem) -> None:
    InteractionFactory(content=item, kind=Kind.LIKE)
    assert counts(item) == (1, 0, 0, 0)
    InteractionFactory(content=item, kind=Kind.VIEW)
    assert not CountDelta.objects.exists()


def test_accounts_that_go_leave_their_likes_and_works_take_theirs_along(item: ContentItem, alice: User) -> None:
    other = ContentItemFactory()
    now_done(item, Kind.LIKE, user=alice)
    now_done(other, Kind.LIKE, user=alice)
    alice.delete()
    other.delete()
    assert set(CountDelta.objects.values_list("content_id", flat=True)) == {item.pk}
    assert counts(item) == (1, 0, 0, 5)


def test_merged_works_join_their_likes(alice: User, bob: User) -> None:
    kept, other = (ContentItemFactory(creator=alice) for _ in range(2))
    for user, work in ((alice, kept), (alice, other), (bob, other)):
        now_done(work, Kind.LIKE, user=user)
    merge(alice, kept.pk, [other.pk])
    assert counts(kept)[0] == 2


def test_saving_an_old_copy_of_a_work_changes_no_count(item: ContentItem) -> None:
    old = ContentItem.objects.get(pk=item.pk)
    now_done(item, Kind.LIKE)
    before = counts(item)
    old.title = "Renamed"
    old.save()
    assert counts(item) == before == (1, 0, 0, 5)


def test_ratings_make_the_score_and_withdrawn_ones_restore_it(item: ContentItem) -> None:
    """docs/popularity.md: five ratings weigh as much as the score that was there."""

    def score() -> float:
        counts(item)
        return round(ContentItem.objects.values_list("quality_score", flat=True).get(pk=item.pk), 6)

    ratings = [now_done(item, Kind.RATE, rating=1) for _ in range(5)]
    assert score() == 0.4
    # Written by staff or an import: what ratings are added to from now on.
    ContentItem.objects.filter(pk=item.pk).update(quality_score=0.2)
    assert score() == 0.1
    for rating in ratings:
        rating.delete()
    assert score() == 0.2
    assert ContentItem.objects.values_list("prior_score", flat=True).get(pk=item.pk) is None


def test_a_work_without_a_score_has_one_for_as_long_as_it_is_rated() -> None:
    item = ContentItemFactory(quality_score=None)
    rating = now_done(item, Kind.RATE, rating=5)
    counts(item)
    assert round(ContentItem.objects.get(pk=item.pk).quality_score, 6) == round((5 * 0.5 + 1) / 6, 6)
    rating.delete()
    counts(item)
    assert ContentItem.objects.get(pk=item.pk).quality_score is None


def test_popularity_fades_once_a_day(item: ContentItem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interactions.counting.BATCH_WORKS", 1)
    other = ContentItemFactory()
    like = now_done(item, Kind.LIKE)
    now_done(other, Kind.VIEW)
    compact_when_due()
    assert CountState.objects.get().refreshed_at is not None
    old = timezone.now() - timedelta(days=8)
    # As if it had been done then: without the trigger of an update, which would count it.
    Interaction.objects.filter(pk=like.pk).update(created_at=old)
    CountDelta.objects.all().delete()
    changes = CountState.objects.get().changes
    compact_when_due()
    assert ContentItem.objects.get(pk=item.pk).popularity == 5
    CountState.objects.update(refreshed_at=old)
    compact_when_due()
    assert (counts(item)[3], counts(other)[3]) == (0, 1)
    assert CountState.objects.get().changes == changes + 1
    assert refresh() == 0


def test_a_site_compacts_once_a_minute(item: ContentItem) -> None:
    now_done(item, Kind.LIKE)
    compact_when_due()
    now_done(item, Kind.LIKE)
    compact_when_due()
    assert CountDelta.objects.count() == 1
    CountState.objects.update(compacted_at=timezone.now() - timedelta(minutes=2))
    compact_when_due()
    assert counts(item)[0] == 2


def test_wrong_counts_are_found_and_mended(item: ContentItem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interactions.counting.BATCH_WORKS", 1)
    other = ContentItemFactory(quality_score=0.5)
    now_done(item, Kind.LIKE)
    now_done(other, Kind.RATE, rating=5)
    compact()
    now_done(item, Kind.LIKE)
    ContentItem.objects.filter(pk=item.pk).update(likes=7)
    ContentItem.objects.filter(pk=other.pk).update(rating_sum=1, popularity=9)
    assert drift() == Drift(1, 1, 0)
    with pytest.raises(CommandError, match="1 likes, 1 ratings, 0 scores"):
        call_command("popularity", "verify", verbosity=0)
    output = StringIO()
    call_command("popularity", "rebuild", verbosity=0, stdout=output)
    assert output.getvalue() == "2 works had other counts.\n"
    assert counts(item) == (2, 0, 0, 10)
    assert counts(other) == (0, 1, 5, 3)
    assert rebuild() == 0


def test_an_interrupted_rebuild_goes_on_where_it_was(item: ContentItem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interactions.counting.BATCH_WORKS", 1)
    ContentItemFactory()

    def interrupt(_ids: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(advance=interrupt)
    skipped: list[int] = []
    rebuild(skip=skipped.append)
    assert skipped == [1]
    assert CountState.objects.get().rebuild_from is None


def test_likes_by_many_of_one_work_are_one_delta_a_statement(item: ContentItem) -> None:
    users = [UserFactory() for _ in range(3)]
    Interaction.objects.bulk_create(Interaction(user=user, content=item, kind=Kind.LIKE) for user in users)
    assert list(CountDelta.objects.values_list("content_id", "likes", "weight")) == [(item.pk, 3, 15)]
