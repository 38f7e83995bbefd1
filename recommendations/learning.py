"""What all recommendations are made of: neighbours of works and what is popular, learned from the interactions."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from genonaut.database.copy import copy_lines
from recommendations.arrivals import newest_works
from recommendations.deeds import Deeds, liked
from recommendations.features import alike, vectors
from recommendations.interactions_matrix import visits
from recommendations.models import Neighbours, PopularWork, Reason, Watermark
from recommendations.neighbour_lists import NeighbourLists, cut, joined, sorted_lists
from recommendations.neighbours import covisited
from recommendations.pictures import due, firsts_of_files, having, look_alikes
from recommendations.popular import MOST as MOST_POPULAR
from recommendations.popular import Popular, popular
from recommendations.reading import kept_works, lists_of, newest_deeds, public_works, words_of
from users.levels import Level

# Works whose likeness is compared: those that users met last, since only they stand for a taste.
MOST_COMPARED = 30_000
# The newest works are compared with them, until users have met them.
MOST_NEW = 5_000
# Works that users know, to each of which a new one is shown to be alike.
MOST_REACHED = 200
# The most popular of all works, of which MOST_POPULAR of each level are kept.
MOST_RANKED = 20_000
# How long lists by pictures last: they are made again in case that a work came or became public unnoticed.
PICTURES_LASTING = timedelta(days=7)
# Lists that were not made again for so long are of works that none have met lately.
LASTING = {Reason.COVISITED: timedelta(0), Reason.ALIKE: timedelta(0), Reason.NEAR: 4 * PICTURES_LASTING}
# The mark of what a cluster learned (cluster.py), and how long co-visits are left to it.
CLUSTER = "cluster"
CLUSTER_LASTING = timedelta(days=2)
# Lists of a statement, and rows of a deletion.
BATCH_LISTS, BATCH_ROWS = 5_000, 5_000

STAGED = """
CREATE TEMPORARY TABLE learned_list (content_id bigint, neighbours bigint[], scores float8[], counts int[])
ON COMMIT DROP
"""
# A work that is deleted meanwhile is left out: its row is locked against that.
TAKE = """
INSERT INTO recommendations_neighbours (content_id, kind, neighbours, scores, counts, computed_at)
SELECT new.content_id, %(kind)s, new.neighbours, new.scores, new.counts, statement_timestamp() FROM learned_list AS new
JOIN (SELECT id FROM content_contentitem WHERE id = ANY(%(works)s::bigint[]) ORDER BY id FOR KEY SHARE) AS work
    ON work.id = new.content_id
ORDER BY new.content_id
ON CONFLICT (content_id, kind) DO UPDATE
SET neighbours = excluded.neighbours, scores = excluded.scores, counts = excluded.counts,
    computed_at = excluded.computed_at
"""
STALE = """
DELETE FROM recommendations_neighbours WHERE id IN (
    SELECT id FROM recommendations_neighbours WHERE kind = %s AND computed_at < %s LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


def learn() -> None:
    """Learn neighbours and what is popular from the newest interactions of all users, in place of what was known."""
    deeds = newest_deeds()
    began = database_time()
    is_on_cluster = Watermark.objects.filter(pk=CLUSTER, moved_at__gt=began - CLUSTER_LASTING).exists()
    if not is_on_cluster:
        write_lists(covisited(visits(deeds)), Reason.COVISITED)
    compared = np.union1d(latest_works(deeds), np.array(newest_works(MOST_NEW), np.int64))
    write_lists(likeness(compared), Reason.ALIKE)
    # Pictures do not change: a few lists are made each time, and last.
    _place_by_pictures(due(compared, began - PICTURES_LASTING))
    for kind, lasting in LASTING.items():
        if kind != Reason.COVISITED or not is_on_cluster:
            delete_stale(kind, began - lasting)
    write_popular(popular(deeds, float(deeds.times.max(initial=0)), MOST_RANKED))


def database_time() -> datetime:
    """Return the time of the database, which dates all lists: clocks of machines differ. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        return cursor.fetchone()[0]


def latest_works(deeds: Deeds) -> NDArray[np.int64]:
    """Return the works that users met last, in the order of their ids."""
    once = liked(deeds)
    order = np.argsort(-once.times, kind="stable")
    works, firsts = np.unique(once.works[order], return_index=True)
    return works[np.sort(np.argsort(firsts)[:MOST_COMPARED])]


def likeness(works: NDArray[np.int64]) -> Iterable[NeighbourLists]:
    """Return the neighbours of works by their words, block by block. One query."""
    return alike(vectors(*words_of(works)))


def place(works: Sequence[int]) -> None:
    """Find the neighbours of new works, given by ids, and make each a neighbour of those of them that users know.

    Equally near ones are newest first: a new work takes the place of the oldest.
    """
    new = np.array(works, np.int64)
    _place_by_words(new)
    _place_by_pictures(new)


def _place_by_words(new: NDArray[np.int64]) -> None:
    known = _known_works()
    ids, words = words_of(np.union1d(known, new))
    rows = np.flatnonzero(np.isin(ids, new))
    if not len(rows):
        return
    reached = joined(list(alike(vectors(ids, words), rows, MOST_REACHED)))
    write_lists([cut(reached)], Reason.ALIKE)
    write_lists([_joined_to(reached, known, Reason.ALIKE)], Reason.ALIKE)


def _place_by_pictures(works: NDArray[np.int64]) -> None:
    near = joined(list(look_alikes(works)))
    write_lists([near], Reason.NEAR)
    reached = near.of(firsts_of_files(near.works))
    write_lists([_joined_to(reached, having(reached.neighbours), Reason.NEAR)], Reason.NEAR)


def _known_works() -> NDArray[np.int64]:
    """Return works that have neighbours already, those of the latest ids, and the newest, which may have none yet.

    Four queries.
    """
    rows = Neighbours.objects.order_by("-content_id").values_list("content_id", flat=True).distinct()
    return np.unique(np.array([*rows[:MOST_COMPARED], *newest_works(MOST_NEW)], np.int64))


def _joined_to(reached: NeighbourLists, known: NDArray[np.int64], kind: Reason) -> NeighbourLists:
    """Return the lists of the known works that new ones are alike, with those among what they had. One query."""
    new = np.repeat(reached.works, np.diff(reached.starts))
    is_known = np.isin(reached.neighbours, known)
    works, others, scores = reached.neighbours[is_known], new[is_known], reached.scores[is_known]
    old = lists_of(np.unique(works), kind)
    works = np.r_[works, np.repeat(old.works, np.diff(old.starts))]
    others, scores = np.r_[others, old.neighbours], np.r_[scores, old.scores]
    pairs, firsts = np.unique(np.stack([works, others]), axis=1, return_index=True)
    return sorted_lists(pairs[0], pairs[1], scores[firsts])


def write_lists(blocks: Iterable[NeighbourLists], kind: Reason) -> None:
    """Write the neighbours of works in place of those that they had, some at a time: by COPY, then in one statement."""
    for lists in blocks:
        for first in range(0, len(lists.works), BATCH_LISTS):
            numbers = range(first, min(first + BATCH_LISTS, len(lists.works)))
            works = lists.works[numbers.start : numbers.stop].tolist()
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(STAGED)
                copy_lines("learned_list", ("content_id", "neighbours", "scores", "counts"), _lines(lists, numbers))
                cursor.execute(TAKE, {"works": works, "kind": kind.value})
                cursor.execute("DROP TABLE learned_list")


def _lines(lists: NeighbourLists, numbers: range) -> Iterator[str]:
    for number in numbers:
        span = slice(lists.starts[number], lists.starts[number + 1])
        neighbours = ",".join(map(str, lists.neighbours[span].tolist()))
        scores = ",".join(f"{score:.5f}" for score in lists.scores[span].tolist())
        counts = "\\N" if lists.counts is None else "{" + ",".join(map(str, lists.counts[span].tolist())) + "}"
        yield f"{lists.works[number]}\t{{{neighbours}}}\t{{{scores}}}\t{counts}"


def delete_stale(kind: Reason, before: datetime) -> None:
    """Delete the lists of a kind that were made before a moment, in batches."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(STALE, [kind.value, before, BATCH_ROWS])
            if cursor.rowcount < BATCH_ROWS:
                return


def write_popular(found: Popular) -> None:
    """Write what is popular at each level in place of what was; where users did little, the newest works follow."""
    scores: dict[int, float] = {}
    facts = public_works(np.unique(found.works))
    for level in Level:
        is_of_level = np.isin(found.works, facts.works[facts.levels == level])
        works, values = found.works[is_of_level][:MOST_POPULAR], found.scores[is_of_level][:MOST_POPULAR]
        scores.update(zip(works.tolist(), values.tolist(), strict=True))
        if len(works) < MOST_POPULAR:
            for rank, work in enumerate(newest_works(MOST_POPULAR - len(works), level)):
                scores.setdefault(work, -float(rank))
    with transaction.atomic():
        there = kept_works(scores)
        PopularWork.objects.all().delete()
        PopularWork.objects.bulk_create(
            PopularWork(content_id=work, score=score) for work, score in scores.items() if work in there
        )
