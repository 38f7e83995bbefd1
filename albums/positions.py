"""Positions in an album: numbers that fall from the first work to the last, far apart, so that others fit between.

All of this is asked with the album's row locked.
"""

from itertools import chain

from django.db import connection
from django.db.models import Q, QuerySet

from albums.models import Album, AlbumItem

GAP = 2**32
# Of two neighbours without room between them so many on each side are spread out, then eight times as many.
SPREAD_ITEMS = 256
WIDER = 8
# What each of them has to get, or a wider stretch is spread: else the next insertion would spread it again.
LEAST_GAP = 2**8
SPREAD = """
UPDATE albums_albumitem AS item SET position = spread.position
FROM unnest(%s::bigint[], %s::bigint[]) AS spread (id, position) WHERE item.id = spread.id
"""


def position_before(album: Album, other: AlbumItem | None, *, moved: AlbumItem | None = None) -> int:
    """Return a position right before another item, None: behind all; as if a moved item were not there.

    One query; three more if there is no room. Without room some items get other positions.
    """
    items = AlbumItem.objects.filter(album=album)
    if moved is not None:
        items = items.exclude(pk=moved.pk)
    if other is None:
        last = items.order_by("album", "position", "pk").values_list("position", flat=True).first()
        return -GAP if last is None else last - GAP
    previous = above(items, other).values_list("position", flat=True).first()
    if previous is None:
        return other.position + GAP
    if previous - other.position < 2:
        _spread(items, other)
        other.refresh_from_db(fields=["position"])
        previous = above(items, other).values_list("position", flat=True).first()
    return other.position + (previous - other.position) // 2


def above(items: QuerySet, item: AlbumItem) -> QuerySet:
    """Return the items before one in reading direction, the nearest first."""
    earlier = Q(position__gt=item.position) | Q(position=item.position, pk__gt=item.pk)
    return items.filter(earlier, position__gte=item.position).order_by("album", "position", "pk")


def at_or_below(items: QuerySet, item: AlbumItem) -> QuerySet:
    """Return an item and those behind it, the nearest first."""
    later = Q(position__lt=item.position) | Q(position=item.position, pk__lte=item.pk)
    return items.filter(later, position__lte=item.position).order_by("-album", "-position", "-pk")


def _spread(items: QuerySet, around: AlbumItem) -> None:
    """Spread the positions of the items around one evenly; two queries to read a stretch, one to write it."""
    count, step = SPREAD_ITEMS, 0
    while step < LEAST_GAP:
        earlier = list(above(items, around).values_list("pk", "position")[: count + 1])
        later = list(at_or_below(items, around).values_list("pk", "position")[: count + 1])
        highest = earlier.pop()[1] if len(earlier) > count else None
        lowest = later.pop()[1] if len(later) > count else None
        stretch = [pk for pk, _ in chain(reversed(later), earlier)]
        step = GAP
        if highest is not None and lowest is not None:
            step = (highest - lowest) // (len(stretch) + 1)
        count *= WIDER
    start = lowest if lowest is not None else (0 if highest is None else highest - step * (len(stretch) + 1))
    positions = [start + step * (number + 1) for number in range(len(stretch))]
    with connection.cursor() as cursor:
        cursor.execute(SPREAD, [stretch, positions])
