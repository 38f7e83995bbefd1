"""Which interactions of an export are here already: asked for one by one, since a popular work has a million."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from interactions.models import ONCE_KINDS, Interaction

# Along `interaction_once_per_user`.
ONCE = """
SELECT deed.user_id, deed.content_id, deed.kind, NULL
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS asked (user_id, content_id, kind)
JOIN interactions_interaction AS deed ON deed.user_id = asked.user_id AND deed.content_id = asked.content_id
    AND deed.kind = asked.kind AND deed.kind IN ('like', 'bookmark', 'rate')
"""
# Along `interaction_item_kind_newest`.
DATED = """
SELECT deed.user_id, deed.content_id, deed.kind, deed.created_at
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[]) AS asked (user_id, content_id, kind, created_at)
JOIN interactions_interaction AS deed ON deed.content_id = asked.content_id AND deed.kind = asked.kind
    AND deed.created_at = asked.created_at AND deed.user_id IS NOT DISTINCT FROM asked.user_id
"""


class Deed(NamedTuple):
    """What tells an interaction from another: those that are done once have no moment."""

    user_id: int | None
    content_id: int
    kind: str
    created_at: datetime | None

    @classmethod
    def of(cls, row: Interaction) -> "Deed":
        """Return what tells a row from others."""
        is_once = row.kind in ONCE_KINDS and row.user_id is not None
        return cls(row.user_id, row.content_id, row.kind, None if is_once else row.created_at)


def present(deeds: Iterable[Deed]) -> set[Deed]:
    """Return those of some interactions that are here. Two queries, which read as many rows as there are of them."""
    once = [deed for deed in deeds if deed.created_at is None]
    dated = [deed for deed in deeds if deed.created_at is not None]
    return {*_rows(ONCE, [deed[:3] for deed in once]), *_rows(DATED, dated)}


def _rows(query: str, deeds: list[tuple]) -> Iterator[Deed]:
    if deeds:
        with connection.cursor() as cursor:
            cursor.execute(query, [list(column) for column in zip(*deeds, strict=True)])
            yield from (Deed(*row) for row in cursor.fetchall())
