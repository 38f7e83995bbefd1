"""Works in an album: added, taken out and put back, moved, annotated. One change of an album at a time: its row is
locked."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from albums.models import Album, AlbumItem
from albums.positions import GAP, above, at_or_below, position_before
from content.models import ContentItem
from users.models import User

# Works that one call adds or takes out.
MOST_WORKS = 1_000


class AlbumError(Exception):
    """What is asked cannot be done with this album; the text says why."""


class UnknownWorksError(LookupError):
    """Works that are to be added are not there for who adds them."""

    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__(f"No such works: {', '.join(map(str, ids))}.")


class Added(NamedTuple):
    """The works that were added, how many were there before, and those that are not there for who adds them."""

    added: list[int]
    present: int
    unknown: list[int]


class Place(NamedTuple):
    """What an album keeps of a work, so that it can be put back: all of it values of JSON."""

    item: int
    position: int
    note: str
    added_at: str
    is_cover: bool


def add_works(album: Album, user: User, ids: Sequence[int], *, is_strict: bool = False) -> Added:
    """Add works at the end of an album, in the order named; works that are in it stay where they are. Six queries.

    Works that the user does not see are left out. Raises AlbumError and, if `is_strict`, UnknownWorksError for them.
    """
    _refuse_many(ids)
    wanted = list(dict.fromkeys(ids))
    with _changing(album):
        visible = set(ContentItem.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True))
        unknown = [pk for pk in wanted if pk not in visible]
        if unknown and is_strict:
            raise UnknownWorksError(unknown)
        present = set(AlbumItem.objects.filter(album=album, content__in=visible).values_list("content", flat=True))
        new = [pk for pk in wanted if pk in visible - present]
        end = position_before(album, None)
        AlbumItem.objects.bulk_create(
            AlbumItem(album=album, content_id=pk, position=end - GAP * number) for number, pk in enumerate(new)
        )
    return Added(new, len(present), unknown)


def remove_works(album: Album, ids: Sequence[int]) -> int:
    """Take works out of an album; return how many were in it. One that was its cover is so no longer.

    Raises AlbumError.
    """
    _refuse_many(ids)
    with _changing(album):
        items = AlbumItem.objects.filter(album=album, content__in=ids)
        # A cover may also be a work that the album does not hold: that one stays.
        Album.objects.filter(pk=album.pk, cover__in=items.values("content")).update(cover=None)
        return items.delete()[0]


@transaction.atomic
def take_out(album: Album, ids: Sequence[int]) -> dict[int, Place]:
    """Take works out of an album; return the places of those that were in it, by work. Eight queries or nine.

    Raises AlbumError.
    """
    with _changing(album):
        cover = Album.objects.filter(pk=album.pk).values_list("cover", flat=True).get()
        items = AlbumItem.objects.filter(album=album, content__in=ids)
        rows = items.values_list("content", "pk", "position", "note", "added_at")
        places = {
            content: Place(pk, position, note, added_at.isoformat(), content == cover)
            for content, pk, position, note, added_at in rows
        }
        remove_works(album, list(places))
    return places


def put_back(album: Album, places: Mapping[int, Place]) -> int:
    """Put works back to the places that they were taken from, but for those that are in the album again; return how
    many. Six queries. Raises AlbumError.

    Under their former ids they come between the same neighbours, also at a position that another work has by now.
    """
    with _changing(album):
        present = set(AlbumItem.objects.filter(album=album, content__in=places).values_list("content", flat=True))
        away = {content: place for content, place in places.items() if content not in present}
        AlbumItem.objects.bulk_create(
            AlbumItem(album=album, content_id=content, pk=pk, position=position, note=note, added_at=added_at)
            for content, (pk, position, note, added_at, _) in away.items()
        )
        for content in (content for content, place in away.items() if place.is_cover):
            Album.objects.filter(pk=album.pk, cover=None).update(cover=content)
    return len(away)


def move_work(album: Album, content: int, *, before: int | None) -> None:
    """Move a work to stand before another one, None: to the end. Raises AlbumError if one of them is not in it."""
    if content == before:
        return
    with _changing(album):
        item = _item(album, content)
        other = None if before is None else _item(album, before)
        position = position_before(album, other, moved=item)
        AlbumItem.objects.filter(pk=item.pk).update(position=position)


def annotate(album: Album, content: int, note: str) -> None:
    """Write the note of a work in an album. Raises AlbumError if it is not in it."""
    with _changing(album):
        if not AlbumItem.objects.filter(album=album, content=content).update(note=note):
            raise AlbumError(f"Work {content} is not in this album.")


def set_cover(album: Album, content: int) -> None:
    """Make a work the cover of an album. Raises AlbumError if one of them is gone."""
    with _changing(album):
        Album.objects.filter(pk=album.pk).update(cover=content)


def neighbours(visible: QuerySet, item: AlbumItem) -> tuple[int | None, int | None, int | None]:
    """Return the works one before, one behind and two behind an item among those that a viewer sees. Two queries."""
    previous = above(visible, item).values_list("content", flat=True).first()
    following = list(at_or_below(visible.exclude(pk=item.pk), item).values_list("content", flat=True)[:2])
    return previous, *[*following, None, None][:2]


def _item(album: Album, content: int) -> AlbumItem:
    item = AlbumItem.objects.filter(album=album, content=content).first()
    if item is None:
        raise AlbumError(f"Work {content} is not in this album.")
    return item


def _refuse_many(ids: Sequence[int]) -> None:
    if len(ids) > MOST_WORKS:
        raise AlbumError(f"At most {MOST_WORKS:,} works at once.")


@contextmanager
def _changing(album: Album) -> Iterator[None]:
    """Lock an album made by hand, and note that it changed.

    Raises AlbumError if it is a smart one, or if it or a work that is put into it is gone.
    """
    try:
        with transaction.atomic():
            locked = Album.objects.select_for_update(no_key=True).filter(pk=album.pk).only("query").first()
            if locked is None:
                raise AlbumError("This album is gone.")
            if locked.is_smart:
                raise AlbumError("A smart album finds its works by its search.")
            yield
            Album.objects.filter(pk=album.pk).update(updated_at=timezone.now())
    except IntegrityError as error:  # the work went before this transaction ended
        raise AlbumError("A work of these is gone.") from error
