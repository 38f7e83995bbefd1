"""What a person did, in words."""

from collections.abc import Iterable
from typing import NamedTuple

from interactions.comments import path_of
from interactions.models import HOURLY_KINDS, Interaction, Kind

WORDS = {
    Kind.VIEW: "You looked at",
    Kind.LIKE: "You liked",
    Kind.SHARE: "You shared",
    Kind.DOWNLOAD: "You downloaded",
    Kind.BOOKMARK: "You bookmarked",
    Kind.COMMENT: "You commented on",
    Kind.RATE: "You rated",
}


class Deed(NamedTuple):
    """One thing that a person did. `detail` is how they rated, `comment` what they wrote and `address` where it is."""

    interaction: Interaction
    words: str
    detail: str = ""
    comment: str = ""
    address: str = ""
    is_forgettable: bool = False


def deeds(interactions: Iterable[Interaction]) -> list[Deed]:
    """Return interactions in words. No query."""
    return [_deed(row) for row in interactions]


def _deed(row: Interaction) -> Deed:
    return Deed(
        row,
        WORDS[Kind(row.kind)],
        detail=f"{row.rating} of 5" if row.rating else "",
        comment=row.comment,
        address=path_of(row) if row.comment else "",
        is_forgettable=row.kind in HOURLY_KINDS,
    )
