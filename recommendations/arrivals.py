"""Works that came or became public: those that wait to be made neighbours of others, and the last that were.

A work's id and date tell when it was uploaded and when it was made, which may be years before it is public.
"""

from collections.abc import Collection

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Exists, OuterRef

from content.models import ContentItem
from content.querysets import ContentItemQuerySet
from recommendations.models import Arrival
from users.levels import Level

# Of more that became public at once the oldest are left to the next learning, if users meet them.
MOST_WAITING = 10_000
# Those that were placed last: the newest works of the site, and which of the last ids need no second look.
MOST_PLACED = 10_000
BATCH_ROWS = 5_000


def public() -> ContentItemQuerySet:
    """Return the works that all may see."""
    return ContentItem.objects.visible_to(AnonymousUser())


def unplaced(after: int, most: int) -> list[int]:
    """Return public works of ids above one that were not placed lately, the lowest ids first. One query."""
    placed = Arrival.objects.filter(is_placed=True, content_id=OuterRef("pk"))
    return list(public().filter(~Exists(placed), pk__gt=after).order_by("pk").values_list("pk", flat=True)[:most])


def waiting(most: int) -> dict[int, int]:
    """Return works that became public, perhaps for a moment only, by the ids of their rows. One query."""
    rows = Arrival.objects.filter(is_placed=False).order_by("pk")
    return dict(rows.values_list("pk", "content_id")[:most])


def note_placed(works: Collection[int], rows: Collection[int] = ()) -> None:
    """Note works as placed last, and delete the rows that waited for it."""
    with transaction.atomic():
        Arrival.objects.filter(pk__in=rows).delete()
        Arrival.objects.filter(is_placed=True, content_id__in=works).delete()
        Arrival.objects.bulk_create([Arrival(content_id=work, is_placed=True) for work in works], ignore_conflicts=True)


def last_placed() -> int:
    """Return the id of the row of the work that was placed last; 0 if none was. One query."""
    return Arrival.objects.filter(is_placed=True).order_by("-pk").values_list("pk", flat=True).first() or 0


def forget_old() -> None:
    """Delete all rows but the newest MOST_WAITING and MOST_PLACED, in batches."""
    for is_placed, most in ((False, MOST_WAITING), (True, MOST_PLACED)):
        rows = Arrival.objects.filter(is_placed=is_placed).order_by("-pk")
        last = rows.values_list("pk", flat=True)[most : most + 1].first()
        while last is not None:
            batch = rows.filter(pk__lte=last).values("pk")[:BATCH_ROWS]
            if Arrival.objects.filter(pk__in=batch).delete()[0] < BATCH_ROWS:
                break


def newest_works(most: int, level: Level | None = None) -> list[int]:
    """Return the public works, or those of a level, that came or became public last, the newest first.

    Where fewer were placed, those of the latest dates follow. Three queries.
    """
    works = public() if level is None else public().filter(level=level)
    rows = Arrival.objects.filter(is_placed=True).order_by("-pk")
    placed = list(rows.values_list("content_id", flat=True)[:MOST_PLACED])
    shown = set(works.filter(pk__in=placed).values_list("pk", flat=True))
    newest = [work for work in placed if work in shown][:most]
    if len(newest) < most:
        newest += works.order_by("-created_at", "-id").values_list("pk", flat=True)[:most]
    return list(dict.fromkeys(newest))[:most]
