"""Works whose pictures look alike: neighbours by the perceptual hashes of their files."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import numpy as np
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Min
from numpy.typing import NDArray

from content.models import ContentItem
from media.hash_bands import MOST_DISTANCE
from media.near import Near, near
from recommendations.models import Neighbours, Reason
from recommendations.neighbour_lists import NeighbourLists, sorted_lists

# Works of a learning whose pictures are looked for: each takes the database some 4 ms.
MOST_DUE = 2_000
# Works of a query: of a crowd of pictures it reads up to 136,000 candidates for each.
BATCH_WORKS = 50
# Files of a picture whose works may become neighbours, the nearest first.
MOST_FILES = 200

DUE = """
SELECT work.id FROM content_contentitem AS work JOIN media_mediafile AS file ON file.id = work.media_file_id
LEFT JOIN recommendations_neighbours AS list ON list.content_id = work.id AND list.kind = %(kind)s
WHERE work.id = ANY(%(works)s::bigint[]) AND NOT work.is_private AND file.perceptual_hash IS NOT NULL
    AND (list.computed_at IS NULL OR list.computed_at < %(before)s)
ORDER BY list.computed_at NULLS FIRST, work.id DESC LIMIT %(most)s
"""


class Picture(NamedTuple):
    """A public work, its file, and the perceptual hash of that."""

    work: int
    file: int
    hash: int


def due(works: NDArray[np.int64], before: datetime) -> NDArray[np.int64]:
    """Return those of some public works whose lists by pictures are to be made, at most MOST_DUE. One query.

    They have none yet, or one from before a moment.
    """
    params = {"works": works.tolist(), "kind": Reason.NEAR.value, "before": before, "most": MOST_DUE}
    with connection.cursor() as cursor:
        cursor.execute(DUE, params)
        return np.array([pk for (pk,) in cursor.fetchall()], np.int64)


def having(works: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return those of some works that have a list by pictures. One query."""
    lists = Neighbours.objects.filter(content__in=np.unique(works).tolist(), kind=Reason.NEAR)
    return np.array(list(lists.values_list("content_id", flat=True)), np.int64)


def firsts_of_files(works: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return those of some public works that are the first of their file, by their ids. Two queries."""
    files = ContentItem.objects.filter(pk__in=works.tolist()).values_list("media_file_id", flat=True)
    return np.intersect1d(works, np.array(list(_first_works(set(files)).values()), np.int64))


def look_alikes(works: NDArray[np.int64]) -> Iterator[NeighbourLists]:
    """Yield the neighbours of public works by their pictures, empty for a work that is alone; batches in order of ids.

    A work without a hash has no list. Of works of one file the first is a neighbour, and none of its own file. One
    query for each batch to read hashes, one for near files and one for their works.
    """
    ids = np.unique(works).tolist()
    for first in range(0, len(ids), BATCH_WORKS):
        pictures = _pictures(ids[first : first + BATCH_WORKS])
        if pictures:
            yield _lists(pictures)


def _pictures(works: Sequence[int]) -> list[Picture]:
    public = ContentItem.objects.visible_to(AnonymousUser()).filter(pk__in=works)
    hashed = public.filter(media_file__perceptual_hash__isnull=False).order_by("pk")
    return [Picture(*row) for row in hashed.values_list("pk", "media_file_id", "media_file__perceptual_hash")]


def _lists(pictures: Sequence[Picture]) -> NeighbourLists:
    hashes = sorted({picture.hash for picture in pictures})
    files_by_hash = dict(zip(hashes, map(_telling, near(hashes, MOST_DISTANCE)), strict=True))
    works_by_file = _first_works({file for files in files_by_hash.values() for file in files})
    pairs = [
        (picture.work, works_by_file[file], 1 - distance / (MOST_DISTANCE + 1))
        for picture in pictures
        for file, distance in files_by_hash[picture.hash].items()
        if file != picture.file and file in works_by_file
    ]
    ids = np.array([picture.work for picture in pictures], np.int64)
    if not pairs:
        return NeighbourLists.empty().of(ids)
    works, others, scores = zip(*pairs, strict=True)
    return sorted_lists(np.array(works), np.array(others), np.array(scores)).of(ids)


def _telling(found: Near) -> dict[int, int]:
    """Return the distances of the nearest files; none of a crowd, whose pictures are flat and look like no other."""
    return {} if found.is_capped else dict(islice(found.distances.items(), MOST_FILES))


def _first_works(files: set[int]) -> dict[int, int]:
    """Return the first public work of each of some files. One query."""
    public = ContentItem.objects.visible_to(AnonymousUser()).filter(media_file__in=files)
    return dict(public.order_by().values_list("media_file_id").annotate(Min("pk")))
