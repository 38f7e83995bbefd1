"""Ratings: 1 to 5 of a person for an item, given, changed and taken back; and their average."""

from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError
from django.db.models import F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce
from django.http import QueryDict

from content.bookkeeping import CountDelta
from content.models import ContentItem
from genonaut.counted import things_text
from genonaut.pagination.errors import InvalidParametersError
from interactions.likes import UnknownItemError
from interactions.models import Interaction, Kind
from interactions.recording import put, take
from users.models import User

STARS = range(1, 6)
NONE = 0
SENT = {str(stars): stars for stars in (NONE, *STARS)}
# Of deltas, those of ratings: the condition of their index.
OF_RATINGS = ~Q(rating_count=0) | ~Q(rating_sum=0)


def stars_of(form: QueryDict) -> int:
    """Return the stars that a form gives. Raises InvalidParametersError."""
    values = form.getlist("rating")
    if len(values) != 1 or values[0] not in SENT:
        raise InvalidParametersError({"rating": ["Must be 1 to 5, or 0 to take it back."]})
    return SENT[values[0]]


class Ratings(NamedTuple):
    """What an item shows of its ratings: how many, their average, and the viewer's own."""

    count: int
    average: float | None
    own: int | None

    @property
    def text(self) -> str:
        """The average and the count in words."""
        if self.average is None:
            return "No ratings yet"
        return f"{self.average:.1f} of 5, {things_text(self.count, 'rating')}"


def rate(user: User, item_id: int, stars: int) -> None:
    """Give an item 1 to 5 stars, in place of those that the user gave before; NONE takes them back.

    One query. Raises UnknownItemError if the user sees no such item, ValueError for another number.
    """
    if stars != NONE and stars not in STARS:
        raise ValueError(stars)
    try:
        is_seen = put(user, item_id, Kind.RATE, rating=stars) if stars else take(user, item_id, Kind.RATE)
    except IntegrityError as error:  # the item's or the user's row went before the statement ended
        raise UnknownItemError(item_id) from error
    if not is_seen:
        raise UnknownItemError(item_id)


def ratings_of(viewer: User | AnonymousUser, item_id: int) -> Ratings:
    """Return what an item, which the viewer sees, shows of ratings, exactly. One query, another if signed in."""
    works = ContentItem.objects.filter(pk=item_id)
    counted = works.values_list(_with_pending("rating_count"), _with_pending("rating_sum")).first()
    count, stars = counted or (0, 0)
    own = None
    if viewer.is_authenticated:
        given = Interaction.objects.filter(user=viewer, content_id=item_id, kind=Kind.RATE)
        own = given.values_list("rating", flat=True).first()
    return Ratings(count, stars / count if count else None, own)


def _with_pending(column: str) -> CombinedExpression:
    """Return a column of an item with the deltas that are not moved into it yet. One look into their index."""
    deltas = CountDelta.objects.filter(OF_RATINGS, content_id=OuterRef("pk")).order_by().values("content_id")
    pending = Subquery(deltas.annotate(pending=Sum(column)).values("pending"), output_field=IntegerField())
    return F(column) + Coalesce(pending, 0)
