"""Duplicates among a person's own works: groups of the same file, or of pictures that differ in a few bits.

Works are looked through from the newest, some hundred at a time along the indexes of a creator's works: never all at
once. A group belongs to its newest work, so that it is met once. Siblings of a batch (the same prompt, another seed)
are no duplicates, and neither are pairs that their owner dismissed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, combinations, pairwise, product
from typing import NamedTuple, Self

from django.conf import settings
from django.db.models import BigIntegerField, Count, DateTimeField, F, Value

from content.models import ContentItem
from genonaut.pagination.keyset import RowComparison
from interactions.models import Interaction, Kind
from media.models import DismissedPair
from media.near import Near, near
from media.places import with_file
from users.levels import Level
from users.models import User

# Works of a step, steps of a page at most, and groups after which a page ends: at 10 million pictures a step takes some
# 100 ms, most of them for the candidates of its hashes.
BATCH_WORKS = 200
MOST_STEPS = 10
MOST_GROUPS = 20
# Works of a group that are shown; of more the best.
MOST_OF_GROUP = 24
# From picture to picture a group grows so often: A like B, B like C.
ROUNDS = 3
# The columns of Work.
WORK = ("created_at", "pk", "media_file_id", "media_file__perceptual_hash")
# What the values of a Place are, as SQL compares them.
PLACE = (DateTimeField(), BigIntegerField())
# Files near to those of a step, of a crowd of flat pictures.
MOST_FILES = 10_000
# Hashes that are asked about at once: of such a crowd each answer is long.
MOST_HASHES = BATCH_WORKS
# Of one hash's files with each other and with those near to it so many pairs are looked at each by itself.
MOST_PAIRS = 2_500


NONE_NEAR = Near()


class Work(NamedTuple):
    """A work as the search for duplicates wants it; works are in the order of their keys."""

    created_at: datetime
    pk: int
    file: int
    hash: int | None


class Place(NamedTuple):
    """Where a page begins: behind this work."""

    created_at: datetime
    pk: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the place of a parameter. Raises ValueError."""
        moment, _, pk = text.partition("_")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
            raise ValueError(f"{text!r} is no place in a list")
        return cls(at, int(pk))

    def __str__(self) -> str:
        return f"{self.created_at.isoformat()}_{self.pk}"


@dataclass(frozen=True)
class Candidate:
    """A work of a group, with what the choice of the best hangs on."""

    item: ContentItem
    likes: int
    # As far as the last scan of its library knows.
    has_file: bool = True

    @property
    def quality(self) -> tuple[object, ...]:
        """What is greatest of the best: a file that is there, pixels, metadata, a workflow, likes; then the oldest."""
        file, made = self.item.media_file, self.item.generation
        pixels = (file.width or 0) * (file.height or 0)
        has_workflow = made is not None and made.has_workflow
        age = -self.item.created_at.timestamp()
        return self.has_file, pixels, made is not None, has_workflow, self.likes, age, -self.item.pk


@dataclass(frozen=True)
class Group:
    """Works that are duplicates, the best first. `is_capped`: there may be more."""

    works: list[Candidate]
    is_capped: bool = False


@dataclass
class Review:
    """The groups of a page, how many works it looked through, and where the next begins; None at the end."""

    groups: list[Group] = field(default_factory=list)
    looked_at: int = 0
    next: Place | None = None


def review(owner: User, start: Place | None = None) -> Review:
    """Return duplicates among a person's works from a place on. At most MOST_STEPS steps of some 12 queries, and 2."""
    result = Review(next=start)
    groups: list[tuple[list[int], bool]] = []
    for _ in range(MOST_STEPS):
        batch = _batch(owner, result.next)
        result.looked_at += len(batch)
        groups += _Step(owner, batch).groups()
        result.next = Place(batch[-1].created_at, batch[-1].pk) if len(batch) == BATCH_WORKS else None
        if result.next is None or len(groups) >= MOST_GROUPS:
            break
    result.groups = _loaded(groups)
    return result


def _batch(owner: User, start: Place | None) -> list[Work]:
    """Return the owner's next works that have a file, newest first. Four queries, each along an index: the public works
    of each level, and private ones."""
    works = ContentItem.objects.owned_by(owner).filter(media_file__isnull=False).order_by("-created_at", "-pk")
    if start is not None:
        keys = [Value(key, output_field=output) for key, output in zip(start, PLACE, strict=True)]
        works = works.filter(RowComparison(F("created_at"), F("pk"), *keys, operator="<"))
    parts = [{"is_private": False, "level": level.value} for level in Level]
    found: list[Work] = []
    for part in (*parts, {"is_private": True}):
        found += map(Work._make, works.filter(**part).values_list(*WORK)[:BATCH_WORKS])
    return sorted(found, reverse=True)[:BATCH_WORKS]


class _Step:
    """The groups that begin in a batch of works."""

    def __init__(self, owner: User, batch: list[Work]) -> None:
        self.owner, self.batch = owner, batch
        self.works = {work.pk: work for work in batch}
        # By hash: each is asked about once, however many files have it. None: of too many others.
        self.near: dict[int, Near | None] = {}

    def groups(self) -> list[tuple[list[int], bool]]:
        """Return the ids of the works of each group, and whether there may be more."""
        asked: set[int] = set()
        fresh: Collection[Work] = self.batch
        for _ in range(ROUNDS):
            files = {work.file for work in fresh} - asked
            if not files:
                break
            asked |= files
            hashes = {work.hash for work in fresh if work.hash is not None}
            fresh = self._add(files | self._near_files(hashes - self.near.keys()))
        return self._components(self._links())

    def _near_files(self, hashes: Collection[int]) -> set[int]:
        """Return files whose pictures are near to some hashes. One query, if any."""
        wanted = sorted(hashes)
        self.near |= dict.fromkeys(wanted[MOST_HASHES:])
        results = near(wanted[:MOST_HASHES], settings.DUPLICATE_DISTANCE)
        self.near |= zip(wanted, results, strict=False)
        return {file for result in results for file in result.distances}

    def _add(self, files: Iterable[int]) -> list[Work]:
        """Add the owner's works of some files; return those that are new. One query."""
        own = ContentItem.objects.owned_by(self.owner).filter(media_file__in=sorted(files)[:MOST_FILES])
        found = [Work._make(row) for row in own.order_by("pk").values_list(*WORK)[:MOST_FILES]]
        fresh = [work for work in found if work.pk not in self.works]
        self.works |= {work.pk: work for work in found}
        return fresh

    def _links(self) -> set[tuple[int, int]]:
        """Return pairs of files that are duplicates: near, no siblings, not dismissed. Two queries."""
        pairs = self._pairs()
        files = {file for pair in pairs for file in pair}
        dismissed = DismissedPair.objects.filter(owner=self.owner, first__in=files, second__in=files)
        pairs -= set(dismissed.values_list("first_id", "second_id"))
        apart = {file for first, second in pairs if first != second for file in (first, second)}
        # As the owner's own works say: what lay beside a copy of another is not theirs to see.
        works = ContentItem.objects.filter(pk__in=[work.pk for work in self.works.values() if work.file in apart])
        rows = works.exclude(generation__prompt="").filter(generation__seed__isnull=False)
        columns = ("media_file_id", "generation__prompt", "generation__seed")
        made = {file: (prompt, seed) for file, prompt, seed in rows.values_list(*columns)}
        return {pair for pair in pairs if not _are_siblings(made.get(pair[0]), made.get(pair[1]))}

    def _pairs(self) -> set[tuple[int, int]]:
        """Return pairs of the owner's files that are near, the smaller id first; a file with itself."""
        hashes = {work.file: work.hash for work in self.works.values()}
        by_hash: dict[int | None, list[int]] = defaultdict(list)
        for file in sorted(hashes):
            by_hash[hashes[file]].append(file)
        pairs = {(file, file) for file in hashes}
        for value, result in self.near.items():
            others = [file for file in result.distances if hashes.get(file, value) != value] if result else []
            pairs |= {(min(pair), max(pair)) for pair in _joined(by_hash[value], others)}
        return pairs

    def _components(self, links: set[tuple[int, int]]) -> list[tuple[list[int], bool]]:
        """Return the works that links join, where the newest of them is in the batch."""
        by_file: dict[int, list[Work]] = defaultdict(list)
        for work in self.works.values():
            by_file[work.file].append(work)
        neighbours: dict[int, set[int]] = defaultdict(set)
        for first, second in links:
            neighbours[first].add(second)
            neighbours[second].add(first)
        seen: set[int] = set()
        groups = []
        for work in self.batch:
            if work.pk not in seen:
                group = _reached(work, by_file, neighbours)
                seen |= {other.pk for other in group}
                if len(group) > 1 and max(group) == work:
                    is_capped = any(map(self._is_capped, group))
                    groups.append(([other.pk for other in sorted(group, reverse=True)], is_capped))
        return groups

    def _is_capped(self, work: Work) -> bool:
        result = self.near.get(work.hash, NONE_NEAR) if work.hash is not None else NONE_NEAR
        return result is None or result.is_capped


def _joined(same: Sequence[int], others: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Return pairs that join the files of a hash to each other and to those near to it: all pairs, of a crowd a chain.

    In a chain a pair that is dismissed, or of siblings, may part what others would have joined.
    """
    if len(same) * (len(same) + len(others)) <= MOST_PAIRS:
        return chain(combinations(same, 2), product(same, others))
    return chain(pairwise(same), product(same[:1], others))


def _reached(start: Work, by_file: dict[int, list[Work]], neighbours: dict[int, set[int]]) -> set[Work]:
    """Return the works that links lead to from one; copies of its own file only if a link joins the file to itself."""
    reached, ahead = {start}, [start]
    while ahead:
        for file in neighbours[ahead.pop().file]:
            fresh = [work for work in by_file[file] if work not in reached]
            reached.update(fresh)
            ahead += fresh
    return reached


def _are_siblings(first: tuple[str, int] | None, second: tuple[str, int] | None) -> bool:
    """Return whether two pictures have the same prompt and another seed."""
    return first is not None and second is not None and first[0] == second[0] and first[1] != second[1]


def _loaded(groups: list[tuple[list[int], bool]]) -> list[Group]:
    """Return groups as they are shown. Three queries; none without a group."""
    pks = [pk for group, _ in groups for pk in group[:MOST_OF_GROUP]]
    if not pks:
        return []
    items = ContentItem.objects.for_details().in_bulk(pks)
    likes = likes_of(pks)
    there = with_file(item.media_file_id for item in items.values())
    loaded = []
    for group, is_capped in groups:
        works = [
            Candidate(items[pk], likes.get(pk, 0), items[pk].media_file_id in there)
            for pk in group[:MOST_OF_GROUP]
            if pk in items
        ]
        works.sort(key=lambda work: work.quality, reverse=True)
        if len(works) > 1:
            loaded.append(Group(works, is_capped or len(group) > MOST_OF_GROUP))
    return loaded


def likes_of(pks: Collection[int]) -> dict[int, int]:
    """Return how many like some works; works without a like are left out. One query."""
    rows = Interaction.objects.filter(content__in=pks, kind=Kind.LIKE).order_by()
    return dict(rows.values("content_id").annotate(likes=Count("pk")).values_list("content_id", "likes"))


def dismiss(owner: User, pks: Collection[int]) -> int:
    """Remember that works of an owner are no duplicates of each other; return how many of them there are. Two queries.

    Of other people's works nothing is remembered.
    """
    works = ContentItem.objects.owned_by(owner).filter(pk__in=pks, media_file__isnull=False)
    files = sorted(works.order_by().values_list("media_file_id", flat=True)[:MOST_OF_GROUP])
    pairs = [DismissedPair(owner=owner, first_id=first, second_id=second) for first, second in combinations(files, 2)]
    DismissedPair.objects.bulk_create(pairs, ignore_conflicts=True)
    return len(files)
