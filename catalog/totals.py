"""How many public works a tag, a creator or a model has at this moment: as counted, and what has changed since.

Counted are the works up to a level.
"""

from django.db import connection

from catalog.models import COLUMNS
from genonaut.pagination.filters import MAX_ID
from users.levels import Level

# More changes than these are not looked through for one count: it takes some 10 ms.
MOST_DELTAS = 2_000

RECENT = f"""(
    SELECT tags, creator_id, model_ids, works, level FROM catalog_catalogdelta LIMIT {MOST_DELTAS + 1}
) AS recent"""  # noqa: S608
TAGGED = f"""
    SELECT coalesce((SELECT {{column}} FROM catalog_tag WHERE name = key), 0)
        + coalesce(
            (SELECT sum(works) FROM {RECENT} WHERE level <= {{level}} AND key = ANY(genonaut_tag_keys(tags))), 0
        ),
        (SELECT count(*) FROM {RECENT})
    FROM unnest(genonaut_tag_keys(ARRAY[%s])) AS key
"""  # noqa: S608 - of what stands above
CREATED = f"""
    SELECT coalesce((SELECT {{column}} FROM catalog_creator WHERE id = %s), 0)
        + coalesce((SELECT sum(works) FROM {RECENT} WHERE level <= {{level}} AND creator_id = %s), 0),
        (SELECT count(*) FROM {RECENT})
"""  # noqa: S608 - of what stands above
CREATED_BY_ANY = f"""
    SELECT coalesce((SELECT sum({{column}}) FROM catalog_creator WHERE id = ANY(%s)), 0)
        + coalesce((SELECT sum(works) FROM {RECENT} WHERE level <= {{level}} AND creator_id = ANY(%s)), 0),
        (SELECT count(*) FROM {RECENT})
"""  # noqa: S608 - of what stands above
MADE_WITH = f"""
    SELECT coalesce((SELECT {{column}} FROM catalog_usedmodel WHERE id = %s), 0)
        + coalesce((SELECT sum(works) FROM {RECENT} WHERE level <= {{level}} AND %s = ANY(model_ids)), 0),
        (SELECT count(*) FROM {RECENT})
"""  # noqa: S608 - of what stands above


def works_tagged(tag: str, level: Level = Level.EXPLICIT) -> int | None:
    """Return how many public works up to a level have a tag, whatever its case; None if so much has changed that it is
    not known at once. One query."""
    return _counted(TAGGED, level, [tag])


def works_by(creator: int, level: Level = Level.EXPLICIT) -> int | None:
    """Return how many public works an account has; None as above. One query."""
    return _counted(CREATED, level, [creator, creator]) if creator <= MAX_ID else 0


def works_by_any(creators: list[int], level: Level = Level.EXPLICIT) -> int | None:
    """Return how many public works some accounts have together; None as above. One query."""
    return _counted(CREATED_BY_ANY, level, [creators, creators])


def works_made_with(model: int, level: Level = Level.EXPLICIT) -> int | None:
    """Return how many public works were made with a model or LoRA; None as above. One query."""
    return _counted(MADE_WITH, level, [model, model])


def _counted(statement: str, level: Level, params: list[object]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(statement.format(column=COLUMNS[level], level=level.value), params)
        works, recent = cursor.fetchone()
    # Counts that drifted are no reason for a page to fail: `manage.py catalog verify` finds them.
    return max(int(works), 0) if recent <= MOST_DELTAS else None
