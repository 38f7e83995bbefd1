"""Merged works in albums: the kept one stands where the others stood, once, and is the cover that they were."""

import pytest

from albums.items import add_works, annotate
from albums.models import Album, AlbumItem, Audience
from content.models import ContentItem
from interactions.merging import merge
from tests.albums.test_items import shown
from tests.factories import AlbumFactory, ContentItemFactory
from users.models import User


@pytest.fixture
def ids(alice: User) -> list[int]:
    """The ids of five works of alice's: the first is kept, the next two are merged into it."""
    return [item.pk for item in ContentItemFactory.create_batch(5, creator=alice)]


def album_of(owner: User, works: list[int], notes: dict[int, str] = {}, **fields: object) -> Album:  # noqa: B006
    album = AlbumFactory(owner=owner, **fields)
    add_works(album, owner, works)
    for work, note in notes.items():
        annotate(album, work, note)
    return album


def test_the_kept_work_takes_the_places_of_the_others(alice: User, bob: User, ids: list[int]) -> None:
    kept, second, third, before, behind = ids
    hers = album_of(alice, [before, third, second, behind], {second: "of the second"}, cover_id=third)
    his = album_of(bob, [behind, second, before], cover_id=before)
    positions = dict(AlbumItem.objects.filter(content=second).values_list("album", "position"))
    first = AlbumItem.objects.get(album=hers, content=third).position
    merge(alice, kept, [second, third])
    assert shown(hers, alice) == ([before, kept, behind], 3)
    assert shown(his, bob) == ([behind, kept, before], 3)
    rows = AlbumItem.objects.filter(content=kept).values_list("album", "position", "note")
    assert set(rows) == {(hers.pk, first, "of the second"), (his.pk, positions[his.pk], "")}
    assert dict(Album.objects.values_list("pk", "cover")) == {hers.pk: kept, his.pk: before}


def test_where_an_album_has_the_kept_work_it_stays(alice: User, ids: list[int]) -> None:
    kept, second, third, before, behind = ids
    noted = album_of(alice, [second, before, kept], {second: "theirs", kept: "its own"})
    bare = album_of(alice, [kept, behind, third], {third: "theirs"})
    merge(alice, kept, [second, third])
    assert shown(noted, alice) == ([before, kept], 2)
    assert shown(bare, alice) == ([kept, behind], 2)
    assert dict(AlbumItem.objects.filter(content=kept).values_list("album", "note")) == {
        noted.pk: "its own",
        bare.pk: "theirs",
    }


def test_a_private_work_that_is_kept_is_hidden_in_albums_of_others(alice: User, bob: User, ids: list[int]) -> None:
    kept, second, *_rest = ids
    his = album_of(bob, [second])
    ContentItem.objects.filter(pk=kept).update(is_private=True)
    merge(alice, kept, [second])
    assert AlbumItem.objects.get(album=his, content=kept).audience == Audience.HIDDEN
