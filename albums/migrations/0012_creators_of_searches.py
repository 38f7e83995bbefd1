"""Saved searches name creators by id: a username is free again once its account is closed, and another may take it."""

from urllib.parse import parse_qsl, urlencode

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper

BATCH_ROWS = 1_000
LONGEST = 2_000
SEARCHES = """
SELECT id, query FROM albums_album WHERE id > %s AND query LIKE '%%creator=%%' ORDER BY id LIMIT %s
"""
ACCOUNTS = "SELECT said, id FROM unnest(%s::text[]) AS said JOIN users_user ON lower(username) = lower(said)"
REPLACE = """
UPDATE albums_album AS album SET query = replaced.query
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS replaced (id, old, query)
WHERE album.id = replaced.id AND album.query = replaced.old
"""


def name_by_id(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Replace usernames in batches that are committed one by one; run again, it finds ids and leaves them.

    A name that no account has becomes 0, the id of none.
    """
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(SEARCHES, [last, BATCH_ROWS])
            rows = cursor.fetchall()
            if not rows:
                return
            if replaced := replacements(cursor, rows):
                cursor.execute(REPLACE, [list(column) for column in zip(*replaced, strict=True)])
            last = rows[-1][0]


def replacements(cursor: CursorWrapper, rows: list[tuple[int, str]]) -> list[tuple[int, str, str]]:
    """Return the albums whose searches change, each with its search and the new one. One query."""
    parts = {pk: parse_qsl(query, keep_blank_values=True) for pk, query in rows}
    names = {value for pairs in parts.values() for name, value in pairs if name == "creator" and "\0" not in value}
    cursor.execute(ACCOUNTS, [list(names)])
    ids = {name: str(pk) for name, pk in cursor.fetchall()}
    new = {pk: urlencode(with_ids(pairs, ids)) for pk, pairs in parts.items()}
    # One that is too long with an id, which may be longer than the name, keeps the name.
    return [(pk, old, new[pk]) for pk, old in rows if new[pk] != old and len(new[pk]) <= LONGEST]


def with_ids(pairs: list[tuple[str, str]], ids: dict[str, str]) -> list[tuple[str, str]]:
    """Return the parts of a search with ids in place of usernames."""
    return [(name, ids.get(value, "0") if name == "creator" and not is_id(value) else value) for name, value in pairs]


def is_id(value: str) -> bool:
    """Return whether a value is an id already: no username is digits alone."""
    return value.isascii() and value.isdigit()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("albums", "0011_validate_audiences"), ("users", "0022_names_of_tokens_and_addresses")]

    operations = [migrations.RunPython(name_by_id, migrations.RunPython.noop)]
