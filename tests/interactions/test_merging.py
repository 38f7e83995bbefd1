"""Merging duplicates: nothing is lost but the works that go, nothing is doubled, nothing of others is touched."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from content.models import ContentItem
from content.owners import delete_item
from genonaut import upkeep
from interactions import merging
from interactions.merging import NotOwnError, merge, own_works
from interactions.models import Interaction, Kind, Merging
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from users.models import User


@pytest.fixture
def works(alice: User) -> list[ContentItem]:
    """Three works of alice's."""
    return [ContentItemFactory(title=title, creator=alice) for title in ("Kept", "Second", "Third")]


def merged(works: list[ContentItem]) -> ContentItem:
    """Merge works into the first, and return it as it is then."""
    kept, *others = works
    merge(kept.creator, kept.pk, [item.pk for item in others])
    assert list(ContentItem.objects.filter(creator=kept.creator)) == [kept]
    kept.refresh_from_db()
    return kept


def done(item: ContentItem) -> list[tuple[int | None, str]]:
    """Return who did what with a work."""
    return sorted(item.interactions.values_list("user_id", "kind"), key=str)


def test_likes_and_bookmarks_go_to_the_kept_work_each_once(works: list[ContentItem], bob: User) -> None:
    carol = UserFactory()
    for item in works:
        InteractionFactory(content=item, user=bob, kind=Kind.LIKE)
    for item in works[1:]:
        InteractionFactory(content=item, user=carol, kind=Kind.LIKE)
        InteractionFactory(content=item, user=bob, kind=Kind.BOOKMARK)
    kept = merged(works)
    assert done(kept) == sorted([(bob.pk, "bookmark"), (bob.pk, "like"), (carol.pk, "like")], key=str)
    assert Interaction.objects.count() == 3


def test_of_ratings_the_newest_is_kept_but_the_kept_works_own_comes_first(works: list[ContentItem], bob: User) -> None:
    carol, now = UserFactory(), timezone.now()
    for number, (item, rating) in enumerate(zip(works, (3, 2, 5), strict=True)):
        at = now + timedelta(hours=number)
        InteractionFactory(content=item, user=bob, kind=Kind.RATE, rating=rating, created_at=at)
        if number:
            InteractionFactory(content=item, user=carol, kind=Kind.RATE, rating=rating, created_at=at)
    kept = merged(works)
    assert dict(kept.interactions.values_list("user_id", "rating")) == {bob.pk: 3, carol.pk: 5}


def test_comments_shares_and_downloads_go_along_and_views_do_not(works: list[ContentItem], bob: User) -> None:
    for item in works:
        InteractionFactory(content=item, user=bob, kind=Kind.COMMENT, comment=item.title)
        for kind in (Kind.SHARE, Kind.DOWNLOAD, Kind.VIEW):
            InteractionFactory(content=item, user=bob, kind=kind)
    kept = merged(works)
    kinds = [kind for _, kind in done(kept)]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"comment": 3, "share": 3, "download": 3, "view": 1}
    assert set(kept.interactions.exclude(comment="").values_list("comment", flat=True)) == {"Kept", "Second", "Third"}


def test_likes_of_accounts_that_are_gone_stay(works: list[ContentItem]) -> None:
    for item in works:
        InteractionFactory(content=item, user=None, kind=Kind.LIKE)
    assert done(merged(works)) == [(None, "like")] * 3


def test_tags_are_united_whatever_their_case(works: list[ContentItem]) -> None:
    for item, tags in zip(works, (["Fog", "sea"], ["fog", "Night"], ["night", "SEA", "pier"]), strict=True):
        item.tags = tags
        item.save()
    before = ContentItem.objects.get(pk=works[0].pk).updated_at
    kept = merged(works)
    assert kept.tags == ["Fog", "sea", "Night", "pier"]
    assert kept.updated_at > before


def test_a_work_has_a_hundred_tags_at_most(works: list[ContentItem]) -> None:
    for start, item in enumerate(works):
        item.tags = [f"tag {start} {number}" for number in range(60)]
        item.save()
    assert merged(works).tags == [*(f"tag 0 {number}" for number in range(60)), *(f"tag 1 {n}" for n in range(40))]


def test_the_kept_work_stays_as_private_as_it_was(works: list[ContentItem]) -> None:
    ContentItem.objects.filter(pk=works[0].pk).update(is_private=True)
    assert merged(works).is_private


@pytest.mark.parametrize("stranger", ["kept", "other"])
def test_works_of_others_are_not_merged(works: list[ContentItem], bob: User, stranger: str) -> None:
    his = ContentItemFactory(creator=bob)
    InteractionFactory(content=his, user=bob, kind=Kind.LIKE)
    keep, others = (his, works) if stranger == "kept" else (works[0], [his, works[1]])
    with pytest.raises(NotOwnError):
        merge(works[0].creator, keep.pk, [item.pk for item in others])
    assert ContentItem.objects.count() == 4
    assert done(his) == [(bob.pk, "like")]
    with pytest.raises(NotOwnError):
        own_works(works[0].creator, [works[0].pk, his.pk])


def test_a_work_that_is_gone_stops_the_merge(works: list[ContentItem]) -> None:
    with pytest.raises(NotOwnError):
        merge(works[0].creator, works[0].pk, [works[1].pk, works[2].pk + 1])
    assert ContentItem.objects.count() == 3


def test_a_work_is_not_merged_with_itself(works: list[ContentItem]) -> None:
    with pytest.raises(NotOwnError):
        merge(works[0].creator, works[0].pk, [works[0].pk])
    assert ContentItem.objects.count() == 3


# --- In batches


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two works and two rows a transaction."""
    monkeypatch.setattr(merging, "BATCH_ROWS", 2)
    monkeypatch.setattr(merging, "BATCH_WORKS", 2)


def test_a_long_merge_goes_on_in_the_background(
    client: Client, works: list[ContentItem], small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "REQUEST_SECONDS", -1)
    kept, other, _ = works
    people = UserFactory.create_batch(5)
    for person in people:
        InteractionFactory(content=other, user=person, kind=Kind.LIKE)
    InteractionFactory(content=kept, user=people[0], kind=Kind.LIKE)
    client.force_login(kept.creator)
    page = client.post("/duplicates/merge/", {"keep": kept.pk, "work": [kept.pk, other.pk]}, follow=True)
    assert "1 work is being merged" in page.content.decode()
    assert (len(done(kept)), len(done(other))) == (3, 3)
    upkeep.TASKS["Merging works"]()
    assert done(kept) == sorted((person.pk, "like") for person in people)
    assert (ContentItem.objects.filter(pk=other.pk).exists(), Merging.objects.exists()) == (False, False)


@pytest.mark.parametrize("fate", ["gone", "reversed", "of another"])
def test_what_became_of_works_meanwhile_holds(
    works: list[ContentItem], bob: User, small_batches: None, monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    monkeypatch.setattr(merging, "REQUEST_SECONDS", -1)
    kept, other, _ = works
    for person in UserFactory.create_batch(5):
        InteractionFactory(content=other, user=person, kind=Kind.LIKE)
    assert merge(kept.creator, kept.pk, [other.pk]) is None
    match fate:
        case "gone":
            delete_item(kept)
        case "of another":
            ContentItem.objects.filter(pk=kept.pk).update(creator=bob)
        case "reversed":
            merge(kept.creator, other.pk, [kept.pk])
    upkeep.TASKS["Merging works"]()
    assert ContentItem.objects.filter(pk=other.pk).exists()
    assert ContentItem.objects.filter(pk=kept.pk).exists() == (fate == "of another")
    assert not Merging.objects.exists()


def test_the_database_refuses_a_work_merged_into_itself(violated, works: list[ContentItem]) -> None:  # noqa: ANN001
    itself = {"other": works[0], "kept": works[0], "owner": works[0].creator}
    assert violated(lambda: Merging.objects.create(**itself)) == "merging_into_another"


FAIL = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'The disk is full.'; END $$;
CREATE TRIGGER fail BEFORE DELETE ON content_contentitem FOR EACH ROW WHEN (OLD.id = {pk}) EXECUTE FUNCTION fail();
"""


def test_a_merge_that_fails_midway_has_lost_nothing_and_goes_on(
    transactional_db: None, small_batches: None, bob: User
) -> None:
    works = [ContentItemFactory(creator=UserFactory(username="owner"), tags=["0"])]
    works += [ContentItemFactory(creator=works[0].creator, tags=[str(number)]) for number in range(1, 6)]
    people, now = UserFactory.create_batch(3), timezone.now()
    for number, item in enumerate(works[1:]):
        at = now + timedelta(hours=number)
        InteractionFactory(content=item, user=bob, kind=Kind.RATE, rating=number + 1, created_at=at)
        InteractionFactory(content=item, user=people[number % 3], kind=Kind.LIKE)
        InteractionFactory(content=item, user=bob, kind=Kind.COMMENT, comment=str(number))
    with connection.cursor() as cursor:
        cursor.execute(FAIL.format(pk=works[4].pk))
    with pytest.raises(DatabaseError):
        merge(works[0].creator, works[0].pk, [item.pk for item in works[1:]])
    assert list(ContentItem.objects.order_by("pk")) == [works[0], *works[3:]]
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER fail ON content_contentitem; DROP FUNCTION fail")
    late = UserFactory()
    InteractionFactory(content=works[5], user=late, kind=Kind.LIKE)
    kept = merged([works[0], *works[3:]])
    assert kept.tags == ["0", "1", "2", "3", "4", "5"]
    assert [row.rating for row in kept.interactions.filter(kind=Kind.RATE)] == [5]
    likes = kept.interactions.filter(kind=Kind.LIKE).values_list("user_id", flat=True)
    assert sorted(likes) == sorted(person.pk for person in (*people, late))
    assert set(kept.interactions.filter(kind=Kind.COMMENT).values_list("comment", flat=True)) == set("01234")
