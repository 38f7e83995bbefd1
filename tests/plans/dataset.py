"""100,000 items and all that hangs on them, written by SQL: enough rows that a wrong plan shows."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper

from albums.models import Album, AlbumItem
from catalog import counting
from catalog.models import Creator, Tag, UsedModel
from content import stacks
from content.models import ContentItem
from generation.models import GenerationJob
from genonaut.ranking import rebuild, vacuum
from interactions.models import Interaction
from notices.models import Notice
from recommendations.models import Recommendation
from tests.vacuuming import vacuum_table
from users.models import User

# In the order in which migrations made them: of two that cost the same PostgreSQL takes the younger one.
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    FROM unnest(%s::regclass[]) AS name JOIN pg_index ON indrelid = name
    WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY indexrelid
"""
ITEMS = 100_000
USERS = 50_000
# Each statement is deterministic: hashint4 takes the place of chance.
STATEMENTS = (
    f"""
    INSERT INTO users_user (id, username, name, email, password, preferences, is_active, is_staff, is_superuser,
                            created_at)
    SELECT i, 'user-' || i, '', '', '!', '{{}}', i % 50 <> 0, false, false,
           timestamptz '2020-01-01' + i / 3 * 2 * interval '1 hour'
    FROM generate_series(1, {USERS}) AS i
    """,
    f"SELECT setval(pg_get_serial_sequence('users_user', 'id'), {USERS})",
    # Two of three works say how they were made: half of those with one model, 12 with another. A sixth of all are made
    # alike, those of one prompt and those of runs of 300.
    """
    INSERT INTO media_generativemodel (id, kind, name, key, hash)
    SELECT i, CASE WHEN i <= 4 THEN 'model' ELSE 'lora' END, 'maker ' || i, '', '' FROM generate_series(1, 8) AS i
    """,
    f"""
    INSERT INTO media_generationdata (id, generator, prompt, negative_prompt, model_id, loras, lora_weights, sampler,
                                      scheduler, steps, cfg, seed, width, height, has_workflow, more, warnings)
    SELECT i, (ARRAY['comfyui', 'forge', 'comfyui', 'a1111'])[1 + i % 4],
           CASE WHEN i % 12 = 0 THEN 'a harbour' WHEN i % 12 = 6 THEN 'harbour ' || i / 300 ELSE '' END, '',
           CASE WHEN i % 8000 = 9 THEN 4 WHEN i % 2 = 0 THEN 1 ELSE 2 + i % 7 % 2 END,
           CASE WHEN i % 3 = 0 THEN ARRAY[5, 6]::bigint[] WHEN i % 9000 = 4 THEN ARRAY[8]::bigint[] ELSE '{{}}' END,
           CASE WHEN i % 3 = 0 THEN ARRAY[0.5, 1] WHEN i % 9000 = 4 THEN ARRAY[1] ELSE '{{}}' END,
           CASE WHEN i % 4 = 0 THEN 'euler' ELSE 'dpmpp_2m' END, 'karras',
           CASE WHEN i % 6 = 0 THEN 80 ELSE 10 + abs(hashint4(i + 7)) % 60 END,
           CASE WHEN i % 6 = 0 THEN 1 ELSE abs(hashint4(i + 8)) % 100 / 10.0 END,
           i, (ARRAY[832, 1024, 1216])[1 + i % 3], 1024, i % 10 = 0, '{{}}', '{{}}'
    FROM generate_series(1, {ITEMS}) AS i WHERE i % 3 <> 1
    """,
    # A fifth of the works have files. One file is that of five hundred, all private but for the last.
    """
    INSERT INTO media_mediafile (id, sha256, format, mime, size, width, height, stored_as, colour, picture_error,
                                 created_at)
    SELECT i, sha256(i::text::bytea), 'png', 'image/png', i, 832, 1216, '', '', '', now()
    FROM generate_series(1, 20000) AS i
    """,
    # User 1 owns more than half of the rows, user 4999 two; times tie in runs of 20; 5 % without score, 20 % private.
    # A third is liked, a twentieth popular, a twentieth explicit and another sensitive.
    f"""
    INSERT INTO content_contentitem (title, prompt, data, metadata, tags, content_type, source, creator_id, is_private,
                                     quality_score, seed, created_at, updated_at, generation_id, media_file_id,
                                     is_pictured, likes, popularity, level)
    SELECT CASE WHEN i % 4 = 0 THEN 'Harbour ' ELSE 'Mountain ' END
               || CASE WHEN i % 25000 = 7 THEN 'zeppelin' ELSE '' END,
           '', '', '{{}}',
           CASE WHEN i % 5 = 0 THEN ARRAY['common'] WHEN i % 20000 = 3 THEN ARRAY['rare']
                WHEN i % 50 = 1 THEN ARRAY['some'] WHEN i < 8000 THEN ARRAY['old'] ELSE ARRAY[]::varchar[] END,
           (ARRAY['text', 'image', 'video', 'audio'])[1 + abs(hashint4(i)) % 4],
           CASE WHEN abs(hashint4(i + 1)) % 10 < 4 THEN 'auto' ELSE 'user' END,
           CASE WHEN i % 60000 = 11 THEN 4999 WHEN abs(hashint4(i + 2)) % 10 < 6 THEN 1
                ELSE 2 + abs(hashint4(i + 3)) % 4000 END,
           CASE WHEN i <= 500 THEN i <> 500 ELSE abs(hashint4(i + 4)) % 5 = 0 END,
           CASE WHEN abs(hashint4(i + 5)) % 20 = 0 THEN NULL ELSE (abs(hashint4(i + 6)) % 101) / 100.0 END,
           i, timestamptz '2021-01-01' + i / 20 * interval '1 minute', now(), CASE WHEN i % 3 <> 1 THEN i END,
           CASE WHEN i <= 500 THEN 1 WHEN i <= 20000 THEN i END, i <= 20000,
           greatest(0, abs(hashint4(i + 9)) % 60 - 40), greatest(0, abs(hashint4(i + 10)) % 400 - 380),
           CASE abs(hashint4(i + 11)) % 20 WHEN 0 THEN 2 WHEN 1 THEN 1 ELSE 0 END
    FROM generate_series(1, {ITEMS}) AS i
    """,
    # User 1 did 20,000 things, and was recommended 10,000; the rest is spread.
    """
    INSERT INTO interactions_interaction (user_id, content_id, kind, rating, comment, metadata, created_at)
    SELECT CASE WHEN row_number <= 20000 THEN 1 ELSE 2 + row_number % 4000 END, id,
           CASE WHEN row_number % 10 = 0 THEN 'rate' WHEN row_number % 10 < 3 THEN 'like' ELSE 'view' END,
           CASE WHEN row_number % 10 = 0 THEN 1 + row_number % 7 % 5 END, '', '{}', created_at
    FROM (SELECT id, created_at, row_number() OVER (ORDER BY id DESC) FROM content_contentitem) AS items
    WHERE row_number <= 50000
    """,
    # One work has 12,000 threads, whose first has 12,000 answers.
    """
    INSERT INTO interactions_interaction (id, user_id, content_id, kind, comment, parent_id, metadata, created_at)
    SELECT 1000000 + i, 2 + i % 4000, 99990, 'comment', 'Fine', CASE WHEN i > 12000 THEN 1000001 END, '{}',
           timestamptz '2021-01-02' + i / 5 * interval '1 minute'
    FROM generate_series(1, 24000) AS i
    """,
    """
    INSERT INTO recommendations_recommendation (user_id, content_id, score, algorithm, is_served, created_at)
    SELECT CASE WHEN row_number <= 10000 THEN 1 ELSE 2 + row_number % 4000 END, id, (row_number % 101) / 100.0,
           'covisitation-1', row_number % 3 = 0, created_at
    FROM (SELECT id, created_at, row_number() OVER (ORDER BY id DESC) FROM content_contentitem) AS items
    WHERE row_number <= 30000
    """,
    """
    INSERT INTO generation_generationjob (user_id, job_type, prompt, parameters, status, error, turn, created_at)
    SELECT CASE WHEN i <= 10000 THEN 1 ELSE 2 + i % 4000 END, 'image', 'a lighthouse', '{}', 'pending', '', i / 150,
           timestamptz '2021-01-01' + i / 5 * interval '1 minute'
    FROM generate_series(1, 30000) AS i
    """,
    # User 1 has a fifth of the albums. The first holds half of all works, two thousand others ten each.
    """
    INSERT INTO albums_album (id, owner_id, title, notes, query, is_public, created_at, updated_at)
    SELECT i, CASE WHEN i % 5 = 1 THEN 1 ELSE 2 + i % 4000 END, 'album ' || i, '', '', i % 3 <> 0,
           timestamptz '2021-01-01' + i / 5 * interval '1 minute', now()
    FROM generate_series(1, 20000) AS i
    """,
    """
    INSERT INTO albums_albumitem (album_id, content_id, position, note, audience, added_at)
    SELECT CASE WHEN row_number <= 50000 THEN 1 ELSE 2 + (row_number - 50001) / 10 END, id,
           hashint4(row_number::int), '',
           4 * level + CASE WHEN is_private THEN CASE WHEN creator_id = 1 THEN 1 ELSE 2 END
               WHEN creator_id = 1 AND level > 0 THEN 3 ELSE 0 END, now()
    FROM (SELECT id, is_private, creator_id, level, row_number() OVER (ORDER BY id) FROM content_contentitem) AS items
    WHERE row_number <= 70000
    """,
    # User 1 follows 4,000 people, others eight each.
    """
    INSERT INTO people_follow (user_id, person_id, created_at)
    SELECT CASE WHEN i <= 4000 THEN 1 ELSE 2 + i % 4000 END, CASE WHEN i <= 4000 THEN 1 + i ELSE 5000 + i / 4000 END,
           timestamptz '2021-01-01' + i / 5 * interval '1 minute'
    FROM generate_series(1, 36000) AS i
    """,
    # One in twenty is read.
    """
    INSERT INTO notices_notice (user_id, kind, job_id, completed, failed, created_at, read_at)
    SELECT user_id, 'job', id, 1, 0, created_at, CASE WHEN id % 20 = 0 THEN created_at END FROM generation_generationjob
    """,
)
# More tags and creators than these items have: as a large gallery has them.
NAMES = (
    """
    INSERT INTO catalog_tag (name, works, works_sensitive, works_general, level)
    SELECT name, works, CASE WHEN level < 2 THEN works ELSE 0 END, CASE WHEN level < 1 THEN works ELSE 0 END, level
    FROM (
        SELECT (ARRAY['tall', 'small', 'old'])[1 + i % 3] || ' name' || i AS name, 1 + 30000 / i AS works,
               CASE i % 20 WHEN 7 THEN 2 WHEN 9 THEN 1 ELSE 0 END AS level
        FROM generate_series(1, 30000) AS i
    ) AS named
    """,
    f"""
    INSERT INTO catalog_creator (id, username, name, is_active, works, works_sensitive, works_general, level)
    SELECT id, username, name, is_active, works, CASE WHEN level < 2 THEN works ELSE 0 END,
           CASE WHEN level < 1 THEN works ELSE 0 END, level
    FROM (
        SELECT *, 1 + id % 97 AS works, CASE id % 20 WHEN 7 THEN 2 WHEN 9 THEN 1 ELSE 0 END AS level FROM users_user
        WHERE id BETWEEN 5000 AND {USERS // 2}
    ) AS account
    """,
    """
    INSERT INTO catalog_usedmodel (id, kind, name, hash, works, works_sensitive, works_general, level)
    SELECT i, CASE WHEN i % 3 = 0 THEN 'lora' ELSE 'model' END, 'maker ' || i, '', works,
           CASE WHEN level < 2 THEN works ELSE 0 END, CASE WHEN level < 1 THEN works ELSE 0 END, level
    FROM (
        SELECT i, 1 + i % 97 AS works, CASE i % 20 WHEN 7 THEN 2 WHEN 9 THEN 1 ELSE 0 END AS level
        FROM generate_series(9, 20000) AS i
    ) AS used
    """,
)
MODELS = (User, ContentItem, Interaction, Recommendation, GenerationJob, Album, AlbumItem)
# Of these no ranking counts the rows.
UNRANKED = (Notice,)
NAME_MODELS = (Tag, Creator, UsedModel)
TABLES = [model._meta.db_table for model in (*MODELS, *UNRANKED)]
NAME_TABLES = [model._meta.db_table for model in NAME_MODELS]
# What a search finds, and the stacks of works.
WRITERS = (
    ("users_user", "users_search_words_insert"),
    ("content_contentitem", "content_search_words_insert"),
    ("content_contentitem", "content_stack_insert"),
)
STACKED = (
    "INSERT INTO content_stackchange (stack) SELECT DISTINCT stack FROM content_contentitem WHERE stack IS NOT NULL"
)


def write() -> None:
    """Write the rows, and the statistics, visibility map and rankings that a live database has."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for table, trigger in WRITERS:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
        with _indexed_afterwards(cursor):
            for statement in STATEMENTS:
                cursor.execute(statement)
                _analyze_referred(cursor, statement)
        cursor.execute(STACKED)
        stacks.settle()
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            vacuum_table(cursor, table)
        counting.rebuild()
        for statement in NAMES:
            cursor.execute(statement)
        for table in NAME_TABLES:
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
            vacuum_table(cursor, table)
        for model in (*MODELS, *NAME_MODELS):
            rebuild(model.rankings)
            vacuum(model.rankings)


@contextmanager
def _indexed_afterwards(cursor: CursorWrapper) -> Iterator[None]:
    """Drop the tables' indexes, but for those of constraints, and build them again once the rows are there."""
    cursor.execute(INDEXES, [TABLES])
    names, definitions = zip(*cursor.fetchall(), strict=True)
    cursor.execute(f"DROP INDEX {', '.join(names)}")
    yield
    cursor.execute("; ".join(definitions))


def _analyze_referred(cursor: CursorWrapper, statement: str) -> None:
    """Write the statistics of users or items that a statement wrote.

    What follows refers to them: a foreign key's check that was planned for an empty table may walk any index that holds
    the id, whole, for each row.
    """
    for table in (User._meta.db_table, ContentItem._meta.db_table):
        if f"INSERT INTO {table}" in statement:
            cursor.execute(f"ANALYZE {table}")
