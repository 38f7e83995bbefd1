"""What a person did, in words."""

from collections.abc import Iterable
from typing import NamedTuple

from interactions.models import Interaction, Kind

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
    """One thing that a person did. `detail` is how they rated, `comment` what they wrote."""

    interaction: Interaction
    words: str
    detail: str = ""
    comment: str = ""


def deeds(interactions: Iterable[Interaction]) -> list[Deed]:
    """Return interactions in words. No query."""
    return [
        Deed(row, WORDS[Kind(row.kind)], f"{row.rating} of 5" if row.rating else "", row.comment)
        for row in interactions
    ]
