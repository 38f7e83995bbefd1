"""Ratings that files bring along: what its owner gave a picture in another program is their rating of the work."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from content.arrivals import Arrival, Taken
from content.signals import taken_in
from interactions.models import Interaction, Kind


def connect() -> None:
    """Hear of files that become works, or whose sidecars changed. Connected again, it is heard once."""
    taken_in.connect(_on_taken_in, dispatch_uid="interactions")


def keep_ratings(arrivals: Sequence[Arrival], works: Sequence[Taken]) -> None:
    """Write the ratings of files as their owners' own; one that was given here stays. One query, none without ratings.

    They are as old as the files, so that a library of rated pictures is not what people did today; a file of the future
    is of now.
    """
    now = timezone.now()
    rows = [
        Interaction(
            user_id=arrival.creator_id,
            content_id=work.item_id,
            kind=Kind.RATE,
            rating=arrival.reading.rating,
            created_at=min(arrival.created_at, now),
        )
        for arrival, work in zip(arrivals, works, strict=True)
        if None not in (arrival.reading.rating, arrival.creator_id, work.item_id)
    ]
    if rows:
        # The unique constraint keeps the rating that is there.
        Interaction.objects.bulk_create(rows, ignore_conflicts=True)


def _on_taken_in(arrivals: Sequence[Arrival], works: Sequence[Taken], **_: Any) -> None:  # noqa: ANN401 - of the signal
    keep_ratings(arrivals, works)
