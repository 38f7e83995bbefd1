"""What recommendations are made of, read from the tables as arrays, a bounded number of rows at a time."""

from collections.abc import Collection, Sequence
from time import time
from typing import NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from genonaut.database.numbers import read_columns, read_lists
from recommendations.blending import Sources
from recommendations.clocks import latest_date
from recommendations.deeds import Deeds
from recommendations.models import Dismissal, PopularWork, Reason
from recommendations.neighbour_lists import NeighbourLists
from recommendations.popular import Popular
from users.models import User

# The newest interactions that neighbours are learned from, some 28 bytes each and as much again while they are sorted.
MOST_LEARNED = 5_000_000
# A user's newest interactions: their taste, and what they have seen.
MOST_OF_A_USER = 10_000
# What an interaction says. A view is a glance; one who rates 2 or less does not want more of it.
STRENGTH = """
CASE kind WHEN 'view' THEN 1 WHEN 'like' THEN 5 WHEN 'bookmark' THEN 5
    WHEN 'rate' THEN CASE WHEN rating <= 2 THEN -1 WHEN rating = 3 THEN 1 ELSE rating END
    ELSE 3 END::float8
"""
COLUMNS = f"user_id::int8, content_id::int8, {STRENGTH}, extract(epoch FROM created_at)::float8"
NEWEST = f"""
SELECT {COLUMNS} FROM interactions_interaction WHERE user_id IS NOT NULL
ORDER BY created_at DESC, id DESC LIMIT %s
"""  # noqa: S608
OF_USERS = f"""
SELECT deed.* FROM unnest(%s::bigint[]) AS asked(pk) CROSS JOIN LATERAL (
    SELECT id::int8, {COLUMNS} FROM interactions_interaction WHERE user_id = asked.pk AND created_at <= %s
    ORDER BY created_at DESC, id DESC LIMIT %s
) AS deed
"""  # noqa: S608
OF_RANGE = f"""
SELECT {COLUMNS} FROM interactions_interaction WHERE user_id >= %s AND user_id < %s
"""  # noqa: S608
LISTS = """
SELECT content_id::int8, neighbours, scores FROM recommendations_neighbours
WHERE content_id = ANY(%s::bigint[]) AND kind = %s AND cardinality(neighbours) > 0 ORDER BY content_id
"""
PUBLIC = """
SELECT id::int8, coalesce(creator_id, 0)::int8, level::int8 FROM content_contentitem
WHERE id = ANY(%s::bigint[]) AND NOT is_private ORDER BY id
"""
# In the order of ids, as all who lock several works do.
KEEP = "SELECT id FROM content_contentitem WHERE id = ANY(%s::bigint[]) ORDER BY id FOR KEY SHARE"
DEED_TYPES = ("int8", "int8", "float8", "float8")


class UsersDeeds(NamedTuple):
    """The deeds of some users, each user's newest first, and the ids of the interactions."""

    ids: NDArray[np.int64]
    deeds: Deeds


class Facts(NamedTuple):
    """Public works (ids, ascending), their creators, 0 for none, and their levels."""

    works: NDArray[np.int64]
    creators: NDArray[np.int64]
    levels: NDArray[np.int64]

    def of_creators(self, users: Sequence[int]) -> dict[int, NDArray[np.int64]]:
        """Return the works of some creators (ids, ascending)."""
        order = np.lexsort((self.works, self.creators))
        works, creators = self.works[order], self.creators[order]
        firsts, ends = (np.searchsorted(creators, users, side) for side in ("left", "right"))
        return {user: works[first:end] for user, first, end in zip(users, firsts, ends, strict=True)}


def newest_deeds() -> Deeds:
    """Return the newest interactions of all users, none later than now. One query."""
    users, works, strengths, times = read_columns(NEWEST, [MOST_LEARNED], DEED_TYPES)
    return Deeds(users, works, strengths.astype(np.float32), np.minimum(times, time()))


def deeds_of_range(first: int, end: int) -> Deeds:
    """Return all interactions of the users from an id to before another. One query."""
    users, works, strengths, times = read_columns(OF_RANGE, [first, end], DEED_TYPES)
    return Deeds(users, works, strengths.astype(np.float32), times)


def deeds_of(users: Sequence[int]) -> UsersDeeds:
    """Return the newest interactions of each of some users, but those of the future. One query."""
    params = [list(users), latest_date(), MOST_OF_A_USER]
    ids, owners, works, strengths, times = read_columns(OF_USERS, params, ("int8", *DEED_TYPES))
    return UsersDeeds(ids, Deeds(owners, works, strengths.astype(np.float32), times))


def sources_for(seeds: NDArray[np.int64]) -> Sources:
    """Return where candidates for some works are found. Four queries."""
    kinds = (Reason.COVISITED, Reason.ALIKE, Reason.NEAR)
    return Sources(*(lists_of(seeds, kind) for kind in kinds), popular_works())


def lists_of(works: NDArray[np.int64], kind: Reason) -> NeighbourLists:
    """Return the neighbours of some works. One query; none for no works."""
    if not len(works):
        return NeighbourLists.empty()
    lists = read_lists(LISTS, [works.tolist(), kind.value])
    return NeighbourLists(lists.ids, lists.starts, lists.numbers, lists.scores.astype(np.float32))


def popular_works() -> Popular:
    """Return what is popular now. One query."""
    rows = list(PopularWork.objects.order_by("-score", "-content_id").values_list("content_id", "score"))
    works, scores = zip(*rows, strict=True) if rows else ((), ())
    return Popular(np.array(works, np.int64), np.array(scores, np.float64))


def public_works(works: NDArray[np.int64]) -> Facts:
    """Return which of some works all may see, with their creators and levels. One query."""
    return Facts(*read_columns(PUBLIC, [works.tolist()], ("int8", "int8", "int8")))


def kept_works(works: Collection[int]) -> set[int]:
    """Keep works from being deleted until the transaction ends; return those that are there. One query.

    A reference to one that is deleted meanwhile would fail when the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [sorted(works)])
        return {pk for (pk,) in cursor.fetchall()}


def shown_levels_of(users: Collection[int]) -> dict[int, int]:
    """Return the highest level of works that lists show to each of some users. One query."""
    return dict(User.objects.filter(pk__in=users).values_list("pk", "shown_level"))


def dismissed(users: Collection[int]) -> dict[int, list[int]]:
    """Return the works that some users dismissed. One query."""
    found: dict[int, list[int]] = {}
    for user, work in Dismissal.objects.filter(user__in=users).values_list("user_id", "content_id"):
        found.setdefault(user, []).append(work)
    return found


def words_of(works: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[list[str]]]:
    """Return the words of works that are public: tags, model, LoRAs, and words of title and prompt. One query.

    They are those of the search, which has nothing of a hidden prompt.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, tsvector_to_array(search_words) FROM content_contentitem "
            "WHERE id = ANY(%s::bigint[]) AND NOT is_private AND search_words IS NOT NULL ORDER BY id",
            [works.tolist()],
        )
        rows = cursor.fetchall()
    return np.array([pk for pk, _words in rows], np.int64), [telling(words) for _pk, words in rows]


def telling(words: Sequence[str]) -> list[str]:
    """Return the words of the search index that tell what a work is like: not its creator, nor how it was sampled."""
    return [word for word in words if word[0] not in "@^=" or word.startswith("=model:")]
