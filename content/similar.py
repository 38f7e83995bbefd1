"""Works like another: of the same file, of near pictures, of the same prompt, and of the same model and rare tags."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db import connection

from content.models import ContentItem
from media.hash_bands import MOST_DISTANCE
from media.near import Near, near
from users.levels import shown_level
from users.models import User
from users.querysets import is_staff


class Reason(StrEnum):
    """Why a work is shown beside another, the strongest first."""

    SAME_FILE = "same_file"
    NEAR = "near"
    SAME_PROMPT = "same_prompt"
    RELATED = "related"


HEADINGS = {
    Reason.SAME_FILE: "The same file",
    Reason.NEAR: "Pictures like it",
    Reason.SAME_PROMPT: "The same prompt",
    Reason.RELATED: "Related works",
}
# Works of each reason.
MOST = 48
# Pictures and generation data that works are looked for by; files of a crowd of flat pictures are more.
MOST_FILES = 1_000
MOST_PROMPTS = 500
# Tags are looked for, the rarest first, as long as so few works have them: each work is read and compared.
MOST_TAGGED = 1_000

# `viewer` is 0 for one who is not signed in: no account has that id. Siblings of a batch, which have the prompt and
# another seed, are no near pictures, however alike they are. A hidden prompt is like no other, and since the same file
# has the same prompt, a work that hides it is no more than near to others of its file, and only as a picture.
FOUND = """
WITH near AS (SELECT file, distance FROM unnest(%(files)s::bigint[], %(distances)s::int[]) AS near(file, distance)),
prompted AS (
    SELECT id FROM media_generationdata WHERE prompt = %(prompt)s AND prompt <> '' LIMIT %(prompts)s
),
counted AS (
    SELECT name, sum(works) OVER (ORDER BY works, id) AS total FROM catalog_tag
    WHERE name = ANY(genonaut_tag_keys(%(tags)s::text[]))
),
rare AS (
    SELECT string_agg('(' || genonaut_tags_query(ARRAY[name])::text || ')', ' | ')::tsquery AS query
    FROM counted WHERE total <= %(tagged)s
),
visible AS NOT MATERIALIZED (
    SELECT *, (NOT hides_prompt OR coalesce(creator_id = %(viewer)s, false) OR %(staff)s) AS shows_prompt
    FROM content_contentitem
    WHERE id <> %(item)s AND (NOT is_private OR (creator_id = %(viewer)s AND trashed_at IS NULL) OR %(staff)s)
        AND (level <= %(shown)s OR coalesce(creator_id = %(viewer)s, false))
)
(
    SELECT work.id, CASE
        WHEN near.file = %(file)s AND %(shows_prompt)s AND work.shows_prompt THEN 'same_file'
        WHEN made.prompt = %(prompt)s AND made.prompt <> '' AND made.seed <> %(seed)s THEN 'same_prompt'
        ELSE 'near' END AS reason, near.distance
    FROM near JOIN visible AS work ON work.media_file_id = near.file
    LEFT JOIN media_generationdata AS made ON made.id = work.generation_id AND work.shows_prompt
    WHERE near.file <> %(file)s OR %(hashed)s OR (%(shows_prompt)s AND work.shows_prompt)
    ORDER BY NOT (near.file = %(file)s AND %(shows_prompt)s AND work.shows_prompt), near.distance, work.id
    LIMIT 2 * %(most)s + 1
) UNION ALL (
    SELECT work.id, 'same_prompt', NULL FROM prompted JOIN visible AS work ON work.generation_id = prompted.id
    WHERE work.shows_prompt
    ORDER BY work.id DESC LIMIT %(most)s + 1
) UNION ALL (
    SELECT work.id, 'related', NULL FROM visible AS work
    LEFT JOIN media_generationdata AS made ON made.id = work.generation_id AND work.shows_prompt
    WHERE work.search_words @@ (SELECT query FROM rare)
    ORDER BY coalesce(made.model_id = %(model)s, false) DESC,
        cardinality(ARRAY(
            SELECT unnest(genonaut_tag_keys(work.tags)) INTERSECT SELECT unnest(genonaut_tag_keys(%(tags)s::text[]))
        )) DESC, work.id DESC
    LIMIT %(most)s + 1
)
"""


@dataclass
class SimilarWork:
    """A work, the bits that its picture differs in if that is why, and how many other works have the same file."""

    item: ContentItem
    reason: Reason
    distance: int | None = None
    reposts: int = 0


@dataclass
class Section:
    """The works of one reason, those most alike first. `is_capped`: there may be more."""

    reason: Reason
    works: list[SimilarWork] = field(default_factory=list)

    @property
    def items(self) -> list[ContentItem]:
        """The works themselves."""
        return [work.item for work in self.works]

    is_capped: bool = False

    @property
    def heading(self) -> str:
        """What the section is called."""
        return HEADINGS[self.reason]

    @property
    def count_text(self) -> str:
        """How many works there are; it does not say more than was counted."""
        count = len(self.works)
        works = "1 work" if count == 1 else f"{count:,} works"
        return f"at least {works}" if self.is_capped else works


def similar_to(item: ContentItem, viewer: User | AnonymousUser) -> list[Section]:
    """Return works like one that the viewer sees, as sections that are not empty. Its file and generation are loaded.

    Three queries; two for a work without a hash, one if nothing is found besides. Works that the viewer does not see,
    or lists leave out, are neither shown nor counted.
    """
    pictures = _near_pictures(item)
    with connection.cursor() as cursor:
        cursor.execute(FOUND, _parameters(item, viewer, pictures))
        rows = cursor.fetchall()
    sections = {reason: Section(reason) for reason in Reason}
    sections[Reason.NEAR].is_capped = pictures.is_capped or len(pictures.distances) > MOST_FILES
    for work in _grouped(_works(rows, viewer), item, viewer):
        section = sections[work.reason]
        if len(section.works) < MOST:
            section.works.append(work)
        else:
            section.is_capped = True
    return [section for section in sections.values() if section.works]


def _near_pictures(item: ContentItem) -> Near:
    """Return the files near to an item's, its own first."""
    file = item.media_file
    if file is None:
        return Near()
    found = Near() if file.perceptual_hash is None else near([file.perceptual_hash], MOST_DISTANCE)[0]
    return Near({file.pk: 0, **found.distances}, found.is_capped)


def _parameters(item: ContentItem, viewer: User | AnonymousUser, pictures: Near) -> dict[str, object]:
    shows_prompt = item.shows_prompt_to(viewer)
    made = item.generation if shows_prompt else None
    files = list(pictures.distances)[:MOST_FILES]
    return {
        "item": item.pk,
        "viewer": viewer.pk or 0,
        "staff": is_staff(viewer),
        "shown": shown_level(viewer).value,
        "file": item.media_file_id,
        "hashed": item.media_file is not None and item.media_file.perceptual_hash is not None,
        "shows_prompt": shows_prompt,
        "files": files,
        "distances": [pictures.distances[file] for file in files],
        "prompt": made.prompt if made else "",
        "seed": made.seed if made else None,
        "model": made.model_id if made else None,
        "tags": item.tags,
        "prompts": MOST_PROMPTS,
        "tagged": MOST_TAGGED,
        "most": MOST,
    }


def _works(rows: Iterable[tuple[int, str, int | None]], viewer: User | AnonymousUser) -> list[SimilarWork]:
    """Return the works of rows, each once, for its strongest reason. One query."""
    reasons: dict[int, tuple[Reason, int | None]] = {}
    order = list(Reason)
    for pk, reason, distance in sorted(rows, key=lambda row: order.index(Reason(row[1]))):
        reasons.setdefault(pk, (Reason(reason), distance))
    items = ContentItem.objects.shown_to(viewer).for_cards().in_bulk(reasons)
    return [SimilarWork(items[pk], *why) for pk, why in reasons.items() if pk in items]


def _grouped(works: Iterable[SimilarWork], item: ContentItem, viewer: User | AnonymousUser) -> Iterable[SimilarWork]:
    """Return works with one for each file, which counts the others; those of the item's own file are all shown.

    Of works that hide their prompts it is not told which have the same file.
    """
    own_file = item.media_file_id if item.shows_prompt_to(viewer) else None
    first: dict[int, SimilarWork] = {}
    kept = []
    for work in works:
        file = work.item.media_file_id if work.item.shows_prompt_to(viewer) else None
        if file is not None and file != own_file and file in first:
            first[file].reposts += 1
            continue
        if file is not None:
            first[file] = work
        kept.append(work)
    return kept
