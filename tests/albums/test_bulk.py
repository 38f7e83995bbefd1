"""Many works into an album at once, where they are chosen, and out again by undo."""

import pytest

from albums.items import add_works
from albums.models import Album, AlbumItem
from culling import tasks
from culling.actions import ACTIONS, WrongValueError
from tests.factories import ContentItemFactory, UserFactory
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(alice: User) -> Album:
    return Album.objects.create(owner=alice, title="Kept")


def works_in(album: Album) -> list[int]:
    return list(AlbumItem.objects.filter(album=album).order_by("-position").values_list("content", flat=True))


def test_chosen_works_are_added_and_taken_out_by_undo(alice: User, kept: Album) -> None:
    first, second, third = works = ContentItemFactory.create_batch(3)
    secret = ContentItemFactory(is_private=True)
    add_works(kept, alice, [second.pk])
    album = ACTIONS["album"]
    task = tasks.ask_for_works(alice, album, str(kept.pk), [*(work.pk for work in works), secret.pk])
    assert (works_in(kept), task.changed) == ([second.pk, first.pk, third.pk], 2)
    tasks.undo(task)
    assert works_in(kept) == [second.pk]


def test_only_ones_own_albums_that_are_made_by_hand_are_offered_and_taken(alice: User, kept: Album) -> None:
    smart = Album.objects.create(owner=alice, title="Seas", query="tag=sea")
    other = Album.objects.create(owner=UserFactory(), title="Another", is_public=True)
    album = ACTIONS["album"]
    assert album.choices(alice) == [(str(kept.pk), "Kept")]
    for value in (str(smart.pk), str(other.pk), "", "x", "9" * 30, "²"):
        with pytest.raises(WrongValueError):
            album.check(alice, value)


def test_undo_of_an_album_that_is_gone_takes_nothing_out(alice: User, kept: Album) -> None:
    task = tasks.ask_for_works(alice, ACTIONS["album"], str(kept.pk), [ContentItemFactory().pk])
    kept.delete()
    assert ACTIONS["album"].undo(alice, {1: None}, task.value) == 0
