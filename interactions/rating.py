"""Ratings: 1 to 5 of a person for an item, given, changed and taken back; and their average."""

from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import Avg, Count

from content.models import ContentItem
from genonaut.counted import things_text
from interactions.likes import UnknownItemError
from interactions.models import Interaction, Kind
from users.models import User

STARS = range(1, 6)
NONE = 0
# The newest so many ratings are averaged: as many entries of an index are walked, and rows read.
MOST_AVERAGED = 9_999


class Ratings(NamedTuple):
    """What an item shows of its ratings: how many, their average, and the viewer's own."""

    count: int
    average: float | None
    own: int | None

    @property
    def text(self) -> str:
        """The average and the count in words; it does not say more than was counted."""
        if self.average is None:
            return "No ratings yet"
        return f"{self.average:.1f} of 5, {things_text(self.count, 'rating', most=MOST_AVERAGED)}"


def rate(user: User, item_id: int, stars: int) -> None:
    """Give an item 1 to 5 stars, in place of those that the user gave before; NONE takes them back.

    Raises UnknownItemError if the user sees no such item, ValueError for another number.
    """
    if stars != NONE and stars not in STARS:
        raise ValueError(stars)
    try:
        with transaction.atomic():
            if not ContentItem.objects.visible_to(user).filter(pk=item_id).exists():
                raise UnknownItemError(item_id)
            _write(user, item_id, stars)
    except IntegrityError as error:  # the item's or the user's row went before this transaction ended
        raise UnknownItemError(item_id) from error


def _write(user: User, item_id: int, stars: int) -> None:
    own = Interaction.objects.filter(user=user, content_id=item_id, kind=Kind.RATE)
    if stars == NONE:
        own.delete()
    elif not own.update(rating=stars):
        row = Interaction(user=user, content_id=item_id, kind=Kind.RATE, rating=stars)
        # The unique constraint decides between two at once: the second changes what the first wrote.
        Interaction.objects.bulk_create([row], ignore_conflicts=True)
        own.exclude(rating=stars).update(rating=stars)


def ratings_of(viewer: User | AnonymousUser, item_id: int) -> Ratings:
    """Return what an item, which the viewer sees, shows of ratings. One query, another if signed in."""
    given = Interaction.objects.filter(content_id=item_id, kind=Kind.RATE)
    newest = given.order_by("-created_at", "-id")[: MOST_AVERAGED + 1]
    found = newest.aggregate(count=Count("pk"), average=Avg("rating"))
    own = None
    if viewer.is_authenticated:
        own = given.filter(user=viewer).values_list("rating", flat=True).first()
    return Ratings(found["count"], found["average"], own)
