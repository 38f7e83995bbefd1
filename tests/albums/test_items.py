"""Works in an album: their order, their notes, and who sees which of them."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict

from albums import positions
from albums.items import (
    Added,
    AlbumError,
    UnknownWorksError,
    add_works,
    annotate,
    move_work,
    remove_works,
)
from albums.listings import items_of
from albums.models import Album, AlbumItem, Audience
from content.models import ContentItem
from content.trash import move_to_trash, restore
from genonaut.database.removal import Batch, remove
from tests.factories import AlbumFactory, ContentItemFactory
from users.models import User


@pytest.fixture
def album(alice: User) -> Album:
    """A private album of alice's."""
    return AlbumFactory(owner=alice)


def shown(album: Album, viewer: User | AnonymousUser, query: str = "") -> tuple[list[int], int]:
    """Return the works of a page as a viewer sees them, and the exact total."""
    page = items_of(album, viewer, QueryDict(query)).page()
    assert page.total.is_exact
    assert page.first_position is not None  # by rank
    return [item.content_id for item in page.items], page.total.count


def works(count: int, **fields: object) -> list[int]:
    """Write works and return their ids."""
    return [work.pk for work in ContentItemFactory.create_batch(count, **fields)]


def test_works_are_in_the_order_in_which_they_were_added(album: Album, alice: User) -> None:
    first, second, third = works(3)
    assert add_works(album, alice, [third, first]) == Added([third, first], 0, [])
    assert add_works(album, alice, [first, second]) == Added([second], 1, [])
    assert shown(album, alice) == ([third, first, second], 3)


@pytest.mark.parametrize(
    ("moved", "before", "expected"),
    [(3, 0, [3, 0, 1, 2]), (0, 3, [1, 2, 0, 3]), (0, None, [1, 2, 3, 0]), (1, 1, [0, 1, 2, 3]), (2, 1, [0, 2, 1, 3])],
)
def test_a_work_is_moved_before_another(
    album: Album, alice: User, moved: int, before: int | None, expected: list[int]
) -> None:
    ids = works(4)
    add_works(album, alice, ids)
    move_work(album, ids[moved], before=None if before is None else ids[before])
    assert shown(album, alice) == ([ids[place] for place in expected], 4)


def test_any_number_of_works_fits_between_two(album: Album, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "SPREAD_ITEMS", 2)
    monkeypatch.setattr(positions, "LEAST_GAP", 4)
    monkeypatch.setattr("albums.items.GAP", 8)
    monkeypatch.setattr(positions, "GAP", 8)
    ids = works(20)
    add_works(album, alice, ids)
    expected = list(ids)
    for number in range(2, 20):
        move_work(album, ids[number], before=ids[1])
        expected.remove(ids[number])
        expected.insert(expected.index(ids[1]), ids[number])
    assert shown(album, alice) == (expected, 20)


def test_a_work_that_its_owner_cannot_see_is_not_added(album: Album, alice: User, bob: User) -> None:
    seen, hidden = *works(1), *works(1, creator=bob, is_private=True)
    before = Album.objects.values().get()
    with pytest.raises(UnknownWorksError, match=f"No such works: {hidden}."):
        add_works(album, alice, [hidden, seen], is_strict=True)
    assert Album.objects.values().get() == before
    assert add_works(album, alice, [hidden, seen]) == Added([seen], 0, [hidden])
    assert shown(album, alice) == ([seen], 1)


def test_each_viewer_sees_and_counts_what_they_may(album: Album, alice: User, bob: User, staff: User) -> None:
    public, own, other = works(1)[0], works(1, creator=alice, is_private=True)[0], works(1, creator=bob)[0]
    add_works(album, alice, [own, other, public])
    ContentItem.objects.filter(pk=other).update(is_private=True)
    expected = {alice: [own, public], bob: [public], AnonymousUser(): [public], staff: [own, other, public]}
    assert {viewer: shown(album, viewer) for viewer in expected} == {
        viewer: (ids, len(ids)) for viewer, ids in expected.items()
    }


def test_privacy_of_a_work_moves_it_in_every_album(album: Album, alice: User, bob: User) -> None:
    (work,) = works(1, creator=alice)
    other = AlbumFactory(owner=bob)
    add_works(album, alice, [work])
    add_works(other, bob, [work])

    def audiences() -> tuple[int, int]:
        return tuple(AlbumItem.objects.order_by("album").values_list("audience", flat=True))

    assert audiences() == (Audience.PUBLIC, Audience.PUBLIC)
    ContentItem.objects.filter(pk=work).update(is_private=True)
    assert audiences() == (Audience.OWNER, Audience.HIDDEN)
    ContentItem.objects.filter(pk=work).update(creator=None)
    assert audiences() == (Audience.HIDDEN, Audience.HIDDEN)
    ContentItem.objects.filter(pk=work).update(is_private=False)
    assert audiences() == (Audience.PUBLIC, Audience.PUBLIC)


def test_a_work_in_the_trash_is_in_no_album_of_its_owner_until_it_is_taken_out(
    album: Album, alice: User, staff: User
) -> None:
    ids = works(3, creator=alice)
    add_works(album, alice, ids)
    AlbumItem.objects.filter(album=album).update(note="kept")
    gone = ContentItem.objects.filter(pk=ids[1])
    move_to_trash(gone)
    assert (shown(album, alice), shown(album, staff)) == (([ids[0], ids[2]], 2), (ids, 3))
    assert add_works(album, alice, [ids[1]]).unknown == [ids[1]]
    restore(gone)
    assert shown(album, alice) == (ids, 3)
    assert AlbumItem.objects.get(content=ids[1]).note == "kept"


def test_works_are_taken_out(album: Album, alice: User) -> None:
    ids = works(3)
    add_works(album, alice, ids)
    assert remove_works(album, [ids[1], ids[0] + 1_000_000]) == 1
    assert shown(album, alice) == ([ids[0], ids[2]], 2)


def test_a_cover_goes_with_its_place_in_the_album(album: Album, alice: User) -> None:
    first, second, elsewhere = works(3)
    add_works(album, alice, [first, second])
    for cover, left in ((first, first), (elsewhere, elsewhere), (second, None)):
        Album.objects.filter(pk=album.pk).update(cover=cover)
        remove_works(album, [second, elsewhere])
        assert Album.objects.get().cover_id == left
        add_works(album, alice, [second])


def test_a_note_is_kept_with_the_work(album: Album, alice: User) -> None:
    (work,) = works(1)
    add_works(album, alice, [work])
    annotate(album, work, "the first that worked")
    assert AlbumItem.objects.get().note == "the first that worked"


def test_what_an_album_cannot_do_is_refused(album: Album, alice: User) -> None:
    smart = AlbumFactory(owner=alice, query="q=harbour")
    (work,) = works(1)
    for refused in (
        lambda: add_works(smart, alice, [work]),
        lambda: add_works(album, alice, range(1_001)),
        lambda: move_work(album, work, before=None),
        lambda: annotate(album, work, "none"),
    ):
        with pytest.raises(AlbumError):
            refused()
    assert not AlbumItem.objects.exists()


def test_albums_stay_apart(album: Album, alice: User) -> None:
    ids = works(4)
    before, after = AlbumFactory(owner=alice), AlbumFactory(owner=alice)
    for each in (before, album, after):
        add_works(each, alice, ids[:3] if each == album else ids)
    assert shown(album, alice, "page_size=2&page=2") == ([ids[2]], 3)
    assert shown(album, alice, "page_size=2&page=2&order=asc") == ([ids[0]], 3)


def test_what_goes_with_a_work_and_with_an_account(album: Album, alice: User) -> None:
    ids = works(2)
    add_works(album, alice, ids)
    Album.objects.update(cover=ids[0])
    ContentItem.objects.get(pk=ids[0]).delete()
    assert (shown(album, alice), Album.objects.get().cover) == (([ids[1]], 1), None)
    alice.delete()
    assert not Album.objects.exists()
    assert ContentItem.objects.filter(pk=ids[1]).exists()


def test_albums_of_an_account_go_in_batches(album: Album, alice: User, bob: User) -> None:
    add_works(album, alice, works(5, creator=bob))
    gone = User.objects.filter(pk=alice.pk)
    assert not remove(gone, Batch(3))
    assert (AlbumItem.objects.count(), Album.objects.count()) == (2, 1)
    assert remove(gone, Batch(100))
    assert (AlbumItem.objects.count(), Album.objects.count(), ContentItem.objects.count()) == (0, 0, 5)
