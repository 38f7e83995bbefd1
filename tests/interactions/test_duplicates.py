"""Duplicates among one's own works: which are found, in which order, and which are none."""

from collections.abc import Sequence

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from content.models import ContentItem
from genonaut import environment
from interactions import duplicates
from interactions.duplicates import Place, dismiss, review
from interactions.models import Kind
from media import hash_bands
from media.models import DismissedPair, Library, LibraryFile, MediaFile
from media.near import Near, near
from tests.content.test_similar import pictured
from tests.factories import ContentItemFactory, GenerationDataFactory, InteractionFactory, MediaFileFactory
from users.models import User


def titles(owner: User, start: Place | None = None) -> list[list[str]]:
    """Return the titles of each group, the best first."""
    return [[work.item.title for work in group.works] for group in review(owner, start).groups]


def far(number: int, **fields: object) -> ContentItem:
    """Return a work whose picture is like no other of another number."""
    return pictured(*range(number * 8, number * 8 + 8), **fields)


def test_the_same_file_and_near_pictures_are_duplicates(alice: User) -> None:
    first = pictured(title="First", creator=alice)
    pictured(1, 20, 40, title="Three bits", creator=alice)
    pictured(2, 21, 41, 61, title="Four bits", creator=alice)
    ContentItemFactory(title="Same file", creator=alice, media_file=first.media_file)
    sound = MediaFileFactory(width=None, height=None)
    ContentItemFactory.create_batch(2, title="Sound", creator=alice, media_file=sound)
    ContentItemFactory.create_batch(2, title="Record", creator=alice)
    assert titles(alice) == [["Sound", "Sound"], ["First", "Three bits", "Same file"]]


def test_the_distance_is_a_setting(alice: User, settings: Settings) -> None:
    pictured(creator=alice)
    pictured(1, creator=alice)
    settings.DUPLICATE_DISTANCE = 0
    assert titles(alice) == []


def test_a_distance_that_cannot_be_found_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUPLICATE_DISTANCE", "8")
    with pytest.raises(ImproperlyConfigured, match="DUPLICATE_DISTANCE must be a whole number from 0 to 7"):
        environment.whole_number("DUPLICATE_DISTANCE", 3, most=7)


def test_works_of_others_are_none(alice: User, bob: User) -> None:
    his = pictured(creator=bob)
    pictured(1, creator=bob)
    ContentItemFactory(creator=bob, media_file=his.media_file)
    ContentItemFactory(creator=alice, media_file=his.media_file)
    assert titles(alice) == []


def test_private_works_of_ones_own_are_compared_too(alice: User) -> None:
    pictured(title="Public", creator=alice)
    pictured(1, title="Private", creator=alice, is_private=True)
    assert titles(alice) == [["Public", "Private"]]


@pytest.mark.parametrize("batch", [1, 10])
def test_groups_grow_from_picture_to_picture(alice: User, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(duplicates, "BATCH_WORKS", batch)
    for turned in range(0, 9, 3):
        pictured(*range(turned), title=f"{turned}", creator=alice)
    assert titles(alice) == [["0", "3", "6"]]


def test_siblings_of_a_batch_are_no_duplicates(alice: User) -> None:
    for seed in (1, 2):
        pictured(seed, creator=alice, generation={"prompt": "fog", "seed": seed})
    assert titles(alice) == []
    pictured(5, title="Larger", creator=alice, generation={"prompt": "fog", "seed": 1})
    assert len(titles(alice)[0]) == 2


def test_the_best_comes_first(alice: User) -> None:
    def copy(title: str, bit: int, width: int = 100, **made: object) -> ContentItem:
        item = pictured(bit, title=title, creator=alice, generation=made or None)
        item.media_file.width = width
        item.media_file.save()
        return item

    copy("Oldest", 1)
    liked = copy("Liked", 2)
    InteractionFactory(content=liked, kind=Kind.LIKE)
    copy("Said", 3, prompt="fog")
    copy("Workflow", 4, prompt="fog", has_workflow=True)
    copy("Largest", 5, width=200)
    copy("Newest", 6)
    assert titles(alice) == [["Largest", "Workflow", "Said", "Liked", "Oldest", "Newest"]]


def test_a_work_whose_file_is_gone_is_not_the_best(alice: User) -> None:
    library = Library.objects.create(name="pictures", folder="/pictures")
    for title, width, missing_since in (("Gone", 200, timezone.now()), ("There", 100, None)):
        file = pictured(width // 100, title=title, creator=alice).media_file
        MediaFile.objects.filter(pk=file.pk).update(width=width)
        place = {"library": library, "path": title, "size": 1, "mtime_ns": 1, "seen_at": timezone.now()}
        LibraryFile.objects.create(media_file=file, missing_since=missing_since, **place)
    assert titles(alice) == [["There", "Gone"]]
    MediaFile.objects.filter(width=200).update(stored_as="gone.png")
    assert titles(alice) == [["Gone", "There"]]


def test_pairs_that_were_dismissed_are_not_shown_again(alice: User, bob: User) -> None:
    first, second = pictured(title="First", creator=alice), pictured(1, title="Second", creator=alice)
    copies = ContentItemFactory.create_batch(2, creator=alice, media_file=MediaFileFactory())
    assert dismiss(bob, [first.pk, second.pk]) == 0
    assert len(titles(alice)) == 2
    assert dismiss(alice, [second.pk, first.pk]) == 2
    assert dismiss(alice, [second.pk, first.pk]) == 2
    assert dismiss(alice, [copy.pk for copy in copies]) == 2
    assert DismissedPair.objects.count() == 2
    assert titles(alice) == []
    pictured(2, title="Third", creator=alice)
    assert titles(alice) == [["First", "Second", "Third"]]


@pytest.mark.parametrize("batch", [1, 2, 3, 5])
def test_each_group_is_met_once_however_the_works_are_cut(
    alice: User, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(duplicates, "BATCH_WORKS", batch)
    monkeypatch.setattr(duplicates, "MOST_STEPS", 2)
    moment = timezone.now()
    for number in range(12):
        base = number % 4
        same = {"created_at": moment} if number > 6 else {}
        pictured(*range(base * 8, base * 8 + 8), number % 3 + 60, title=f"{base}", creator=alice, **same)
    groups, start, pages = [], None, 0
    while pages == 0 or start is not None:
        page = review(alice, start)
        groups += [sorted(work.item.title for work in group.works) for group in page.groups]
        start, pages = page.next, pages + 1
        assert page.looked_at <= 2 * batch
    assert sorted(groups) == [["0"] * 3, ["1"] * 3, ["2"] * 3, ["3"] * 3]
    assert pages >= 12 // (2 * batch)


def test_a_crowd_is_said_to_be_one(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for bit in (1, 2, 3):
        pictured(bit, creator=alice)
    assert [group.is_capped for group in review(alice).groups] == [False]
    monkeypatch.setattr(hash_bands, "MOST_OF_VALUE", (2, 2))
    assert [group.is_capped for group in review(alice).groups] == [True]


def test_a_crowd_of_equal_pictures_costs_what_each_of_them_does(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    count, asked = 120, []
    for _ in range(count):
        pictured(creator=alice)
    pictured(1, title="Near", creator=alice)

    def noted(hashes: Sequence[int], distance: int) -> list[Near]:
        asked.append(len(hashes))
        return near(hashes, distance)

    monkeypatch.setattr(duplicates, "near", noted)
    works = [*ContentItem.objects.order_by("-created_at", "-pk").values_list(*duplicates.WORK)]
    step = duplicates._Step(alice, [duplicates.Work._make(work) for work in works])
    [(group, is_capped)] = step.groups()
    assert (len(group), is_capped, asked) == (count + 1, False, [2])
    # A file with itself, a chain, and what is near to one of them.
    assert len(step._pairs()) <= 4 * count


def test_files_of_one_hash_are_one_group_whether_joined_in_pairs_or_by_a_chain(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for turned in ((), (), (), (1,), (1,), (30, 31, 32, 33)):
        pictured(*turned, title=f"{turned}", creator=alice)
    by_pairs = [sorted(group) for group in titles(alice)]
    monkeypatch.setattr(duplicates, "MOST_PAIRS", 0)
    assert [sorted(group) for group in titles(alice)] == by_pairs
    assert [len(group) for group in by_pairs] == [5]


def test_of_too_many_hashes_some_are_asked_about_and_it_says_so(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for bit in range(4):
        pictured(bit, creator=alice)
    monkeypatch.setattr(duplicates, "MOST_HASHES", 1)
    assert [(len(group.works), group.is_capped) for group in review(alice).groups] == [(4, True)]


def test_of_a_large_group_so_many_are_shown(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "MOST_OF_GROUP", 2)
    ContentItemFactory.create_batch(3, creator=alice, media_file=MediaFileFactory())
    assert [(len(group.works), group.is_capped) for group in review(alice).groups] == [(2, True)]


@pytest.mark.parametrize("count", [1, 20])
def test_a_review_is_eleven_queries(alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int) -> None:
    for number in range(count):
        base = [bit for bit in range(6) if number >> bit & 1]
        for turned in ([], [60]):
            pictured(*(10 * bit + low for bit in base for low in range(4)), *turned, creator=alice)
    batch, near_and_own, links, shown = 4, 2, 2, 3
    with django_assert_num_queries(batch + near_and_own + links + shown):
        assert len(review(alice).groups) == count


def test_who_has_no_works_has_no_duplicates(alice: User) -> None:
    page = review(alice)
    assert (page.groups, page.looked_at, page.next) == ([], 0, None)


@pytest.mark.parametrize("text", ["x", "2024-01-01_1", "2024-01-01T00:00:00+00:00_", "2024-01-01T00:00:00+00:00_-1"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Place.read(text)


def test_a_place_is_read_as_it_is_written() -> None:
    place = Place(timezone.now(), 7)
    assert Place.read(str(place)) == place


def test_generation_without_a_file_is_not_looked_at(alice: User) -> None:
    ContentItemFactory.create_batch(2, creator=alice, generation=GenerationDataFactory())
    assert titles(alice) == []
