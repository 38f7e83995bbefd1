"""The staging table: one batch of records on its way into the gallery, in SQL."""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

from django.db import connection
from psycopg.types.json import Jsonb

from content.importing.records import Record
from content.models import ContentItem, picture_seed
from genonaut.database.copy import copy_rows
from genonaut.database.partitioned_indexes import is_partitioned
from users.levels import LEVEL_NAMES

COLUMNS = (
    *("line", "source_id", "title", "content_type", "source", "creator_id", "prompt", "data", "metadata", "tags"),
    *("quality_score", "level", "is_private", "hides_prompt", "seed", "own_seed", "created_at"),
)

# Made and dropped in each batch's transaction: behind a connection pooler the next one may run elsewhere.
CREATE = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_item (
    line bigint, source_id text, title text, content_type text, source text, creator_id bigint, prompt text, data text,
    metadata jsonb, tags varchar(100)[], quality_score double precision, level smallint, is_private boolean,
    hides_prompt boolean,
    seed numeric(20), own_seed integer, created_at timestamptz,
    media_file_id bigint, generation_id bigint, is_pictured boolean, file_title text, file_prompt text, file_data text,
    file_tags varchar(100)[],
    new_seed numeric(20), new_own_seed integer
) ON COMMIT DROP;
TRUNCATE staged_item
"""

TAKE_FOREIGN = """
DELETE FROM staged_item AS staged USING content_contentitem AS item
WHERE item.source_id = staged.source_id AND item.creator_id IS NOT NULL
    AND item.creator_id IS DISTINCT FROM staged.creator_id
RETURNING staged.line, 'source_id ' || staged.source_id || CASE WHEN staged.creator_id IS NULL
    THEN ' is an item with a creator, whom the line does not name' ELSE ' is an item of another creator' END
"""
TAKE_KNOWN = """
DELETE FROM staged_item AS staged USING content_contentitem AS item WHERE item.source_id = staged.source_id
RETURNING staged.line
"""
# A score is compared with the one that ratings are added to.
TAKE_UNCHANGED = """
DELETE FROM staged_item AS staged USING content_contentitem AS item
WHERE item.source_id = staged.source_id AND (
    item.title, item.content_type, item.source, item.creator_id, item.prompt, item.data, item.metadata, item.tags,
    CASE WHEN item.rating_count > 0 THEN item.prior_score ELSE item.quality_score END,
    item.level, CASE WHEN item.trashed_at IS NULL THEN item.is_private ELSE item.was_private END,
    item.hides_prompt, coalesce(item.generation_seed, item.seed), item.created_at, item.media_file_id
) IS NOT DISTINCT FROM (
    coalesce(staged.title, item.title), coalesce(staged.content_type, item.content_type),
    coalesce(staged.source, item.source),
    coalesce(staged.creator_id, item.creator_id), coalesce(staged.prompt, item.prompt),
    coalesce(staged.data, item.data), coalesce(staged.metadata, item.metadata), coalesce(staged.tags, item.tags),
    coalesce(staged.quality_score, CASE WHEN item.rating_count > 0 THEN item.prior_score ELSE item.quality_score END),
    greatest(coalesce(staged.level, item.level), item.least_level),
    item.held_at IS NOT NULL OR coalesce(
        staged.is_private, CASE WHEN item.trashed_at IS NULL THEN item.is_private ELSE item.was_private END
    ),
    coalesce(staged.hides_prompt, item.hides_prompt),
    coalesce(staged.seed, item.generation_seed, item.seed), coalesce(staged.created_at, item.created_at),
    coalesce(staged.media_file_id, item.media_file_id)
)
"""
# What a line's file says counts where the line is silent, of a new item alone: it may have been changed since.
ATTACH = """
UPDATE staged_item SET media_file_id = %(media_file_id)s, generation_id = %(generation_id)s,
    is_pictured = %(is_pictured)s, content_type = %(content_type)s, file_title = %(title)s, file_prompt = %(prompt)s,
    file_data = %(data)s, file_tags = %(tags)s, new_seed = %(seed)s, new_own_seed = %(own_seed)s
WHERE line = %(line)s
"""
UPDATE = """
UPDATE content_contentitem AS item SET
    title = coalesce(staged.title, item.title),
    media_file_id = coalesce(staged.media_file_id, item.media_file_id),
    generation_id = CASE WHEN coalesce(staged.media_file_id, item.media_file_id) IS NOT DISTINCT FROM item.media_file_id
        THEN item.generation_id ELSE staged.generation_id END,
    is_pictured = CASE WHEN staged.media_file_id IS NULL THEN item.is_pictured ELSE staged.is_pictured END,
    content_type = coalesce(staged.content_type, item.content_type),
    source = coalesce(staged.source, item.source),
    creator_id = coalesce(staged.creator_id, item.creator_id),
    prompt = coalesce(staged.prompt, item.prompt),
    data = coalesce(staged.data, item.data),
    metadata = coalesce(staged.metadata, item.metadata),
    tags = coalesce(staged.tags, item.tags),
    quality_score = coalesce(staged.quality_score, item.quality_score),
    level = greatest(coalesce(staged.level, item.level), item.least_level),
    is_private = item.trashed_at IS NOT NULL OR item.held_at IS NOT NULL
        OR coalesce(staged.is_private, item.is_private),
    was_private = item.trashed_at IS NOT NULL
        AND (item.held_at IS NOT NULL OR coalesce(staged.is_private, item.was_private)),
    hides_prompt = coalesce(staged.hides_prompt, item.hides_prompt),
    seed = CASE WHEN staged.seed IS NULL THEN item.seed ELSE staged.own_seed END,
    generation_seed = coalesce(staged.seed, item.generation_seed),
    created_at = coalesce(staged.created_at, item.created_at),
    updated_at = now()
FROM staged_item AS staged WHERE staged.source_id = item.source_id
"""
# No row gets an id of its own choice, and none is asked for where nothing is inserted: the sequence stays right.
INSERT = """
INSERT INTO content_contentitem (
    source_id, title, content_type, source, creator_id, prompt, data, metadata, tags, quality_score, level,
    is_private, hides_prompt, seed, generation_seed, created_at, updated_at, media_file_id, generation_id, is_pictured
)
SELECT source_id, coalesce(title, file_title), coalesce(content_type, 'image'), coalesce(source, 'user'), creator_id,
    coalesce(prompt, file_prompt, ''), coalesce(data, file_data, ''), coalesce(metadata, '{}'),
    coalesce(tags, file_tags, '{}'), quality_score, coalesce(level, 0), coalesce(is_private, false),
    coalesce(hides_prompt, false), coalesce(new_own_seed, own_seed), coalesce(seed, new_seed),
    coalesce(created_at, now()), now(), media_file_id, generation_id,
    coalesce(is_pictured, false)
FROM staged_item AS staged
WHERE NOT EXISTS (SELECT FROM content_contentitem AS item WHERE item.source_id = staged.source_id)
ORDER BY line
"""
# Another import was faster. A partitioned table (docs/partitions.md) has no such index: there the later import fails.
UNLESS_THERE = "ON CONFLICT (source_id) WHERE source_id IS NOT NULL DO NOTHING"
COUNT_KNOWN = """
SELECT count(*) FILTER (WHERE item.id IS NULL), count(item.id)
FROM staged_item AS staged LEFT JOIN content_contentitem AS item USING (source_id)
"""


class Saved(NamedTuple):
    """What became of a batch: rows created, updated and left as they were."""

    created: int
    updated: int
    unchanged: int


class FirstLines:
    """The line of a file on which each item came first: within one file, no two lines may be the same item.

    Kept by this process, on disk beyond some megabytes: a session's table is lost behind a connection pooler.
    """

    def __init__(self) -> None:
        self.lines = sqlite3.connect("", isolation_level=None)
        self.lines.execute("CREATE TABLE first (source_id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self.lines.execute("BEGIN")

    def of(self, source_id: str, line: int) -> int:
        """Return the first line of an item, which is this one unless there was another."""
        self.lines.execute("INSERT INTO first VALUES (?, ?) ON CONFLICT DO NOTHING", [source_id, line])
        return self.lines.execute("SELECT line FROM first WHERE source_id = ?", [source_id]).fetchone()[0]

    def close(self) -> None:
        """Forget them."""
        self.lines.close()


def stage(batch: Iterable[tuple[int, Record, int | None]], first_lines: FirstLines) -> list[tuple[int, str]]:
    """Stage records with their line numbers and creators' ids; return the lines that are refused, and why.

    Refused are a second line for the same item, and a line for an item that has a creator and names another or none: an
    import never changes what belongs to another. (A public item whose creator's account was deleted has no owner.)
    It needs a transaction, at whose end what is staged is gone.
    """
    repeated, rows = [], []
    for line, record, creator in batch:
        first = first_lines.of(record.source_id, line)
        if first == line:
            rows.append(staged_row(line, record, creator))
        else:
            repeated.append((line, f"the same item as line {first}"))
    execute(CREATE)
    copy_rows("staged_item", COLUMNS, rows)
    return [*repeated, *fetch(TAKE_FOREIGN)]


def leave_known() -> set[int]:
    """Unstage the lines of items that are there, which then stay as they are; return the lines."""
    return {line for (line,) in fetch(TAKE_KNOWN)}


def attach(files: list[dict[str, object]]) -> None:
    """Say of staged lines what their files are, and what a new item gets of them."""
    with connection.cursor() as cursor:
        cursor.executemany(ATTACH, files)


def staged_row(line: int, record: Record, creator_id: int | None) -> tuple[object, ...]:
    """Return a record as a row of the staging table; `own_seed` chooses the picture, whether or not there is a seed."""
    metadata = None if record.metadata is None else Jsonb(record.metadata)
    level = None if record.level is None else LEVEL_NAMES.index(record.level)
    own_seed = picture_seed(crc32(record.source_id.encode()) if record.seed is None else record.seed)
    return (
        *(line, record.source_id, record.title, record.content_type, record.source, creator_id, record.prompt),
        *(record.data, metadata, record.tags, record.quality_score, level, record.is_private, record.hides_prompt),
        *(record.seed, own_seed, record.created_at),
    )


def save() -> Saved:
    """Write what is staged: rows that say nothing new are not touched at all."""
    unchanged, updated = execute(TAKE_UNCHANGED), execute(UPDATE)
    insert = INSERT if is_partitioned(connection, ContentItem._meta.db_table) else INSERT + UNLESS_THERE
    return Saved(created=execute(insert), updated=updated, unchanged=unchanged)


def count() -> Saved:
    """Return what `save` would do, and change nothing but the staging table."""
    unchanged = execute(TAKE_UNCHANGED)
    created, updated = fetch(COUNT_KNOWN)[0]
    return Saved(created=created, updated=updated, unchanged=unchanged)


def execute(statement: str) -> int:
    """Run a statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


def fetch(statement: str) -> list[tuple]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
