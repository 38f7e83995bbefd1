"""The lists that are walked: how the API is asked for them, and the same in SQL."""

from dataclasses import dataclass
from urllib.parse import urlencode

from tests.walk.site import CONTENT

# What ANONYMOUS_LEVEL shows unless it is set.
PUBLIC = "NOT is_private AND level = 0"
SHOWN_TO_STAFF = "(level <= %(level)s OR creator_id = %(account)s AND (NOT is_private OR trashed_at IS NULL))"
NEWEST = "created_at {0}, id {0}"
BEST = "coalesce(quality_score, -1) {0}, created_at {0}, id {0}"


@dataclass(frozen=True)
class WalkedList:
    """A list: its query, and the condition and keys of the same rows in SQL."""

    name: str
    query: str
    condition: str
    keys: str = NEWEST
    is_signed_in: bool = False
    # Sorted by time, so it has dates and histograms.
    is_by_time: bool = True

    @property
    def order(self) -> str:
        """The list's own order, which is descending, in SQL."""
        return self.keys.format("DESC")

    def address(self, path: str = "", **parameters: object) -> str:
        """Return the address of the list, or of a path below it."""
        query = "&".join(part for part in (self.query, urlencode(parameters)) if part)
        return f"{CONTENT}{path}?{query}"


LISTS = (
    WalkedList("newest", "", PUBLIC),
    WalkedList("best", "sort=quality_score", PUBLIC, BEST, is_by_time=False),
    WalkedList("video", "content_type=video", f"{PUBLIC} AND content_type = 'video'"),
    WalkedList("newest of staff", "", SHOWN_TO_STAFF, is_signed_in=True),
)


def tag_list(tag: str) -> WalkedList:
    """Return the list of one tag, which no ranking counts."""
    quoted = tag.replace("'", "''").replace("%", "%%")
    return WalkedList(f"tag {tag}", urlencode({"tag": tag}), f"{PUBLIC} AND tags @> ARRAY['{quoted}']::varchar[]")
