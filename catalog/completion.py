"""The names that complete what is being typed: tags, creators, models and LoRAs of public works, in one statement."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import connection

from catalog.filters import TagFilter
from catalog.models import COLUMNS, Creator, Tag, UsedModel
from media.models import ModelKind
from users.levels import Level

# Names of each kind.
MOST_NAMES = 8
Name = Tag | Creator | UsedModel
# Table, condition, and what is shown of each kind: its name, and a creator's given name.
KINDS = {
    "tags": ("catalog_tag", "true", "name", "''"),
    "creators": ("catalog_creator", "is_active", "username", "name"),
    "models": ("catalog_usedmodel", f"kind = '{ModelKind.MODEL}'", "name", "''"),
    "loras": ("catalog_usedmodel", f"kind = '{ModelKind.LORA}'", "name", "''"),
}
# A beginning that many names have is found among those of most works; of any other all names are collected and sorted:
# the planner, left to itself, may walk the index by works to its end. 0.8 % of a table begin so where it takes longest.
MOST_WORKS = 1_000
NAMES = """
(WITH often AS MATERIALIZED (
    SELECT id, {name} AS name, {given} AS given, {works} AS works
    FROM (SELECT * FROM {table} WHERE {condition} ORDER BY {works} DESC, id DESC LIMIT {most_works}) AS first
    WHERE search_words @@ genonaut_name_query(%(text)s) ORDER BY {works} DESC, id DESC LIMIT {most}
), others AS MATERIALIZED (
    SELECT id, {name} AS name, {given} AS given, {works} AS works FROM {table}
    WHERE search_words @@ genonaut_name_query(%(text)s) AND {condition} AND (SELECT count(*) FROM often) < {most}
)
SELECT '{kind}' AS kind, * FROM often WHERE (SELECT count(*) FROM often) = {most}
UNION ALL (SELECT '{kind}', * FROM others ORDER BY works DESC, id DESC LIMIT {most}))
"""


def statement(kinds: Collection[str], level: Level = Level.EXPLICIT) -> str:
    """Return the statement that finds names of some kinds, of works up to a level; its parameter is the `text`."""
    branches = []
    for kind in kinds:
        table, condition, name, given = KINDS[kind]
        condition = f"{condition} AND level <= {level.value}"
        values = {"kind": kind, "table": table, "condition": condition, "name": name, "given": given}
        values["works"] = COLUMNS[level]
        branches.append(NAMES.format(**values, most=MOST_NAMES, most_works=MOST_WORKS))
    return "UNION ALL".join(branches)


def completing(text: str, kinds: Collection[str], level: Level = Level.EXPLICIT) -> dict[str, list[Name]]:
    """Return the names that a text completes to, those of most works first, by kind. One query.

    Works up to a level are counted. None for a text without words, and for one that the lists of names refuse.
    """
    found: dict[str, list[Name]] = {kind: [] for kind in kinds}
    try:
        beginning = TagFilter.base_filters["q"].field.clean(text)
    except ValidationError:
        return found
    if not beginning:
        return found
    with connection.cursor() as cursor:
        cursor.execute(statement(kinds, level), {"text": beginning})
        rows = sorted(cursor.fetchall(), key=lambda row: (-row[4], -row[1]))
    for kind, pk, name, given, works in rows:
        found[kind].append(_named(kind, pk, name, given, works))
    return found


def _named(kind: str, pk: int, name: str, given: str, works: int) -> Name:
    if kind == "creators":
        return Creator(id=pk, username=name, name=given, works=works)
    return (Tag if kind == "tags" else UsedModel)(id=pk, name=name, works=works)
