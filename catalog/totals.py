"""How many public works a tag, a creator or a model has at this moment: as counted, and what has changed since."""

from django.db import connection

from genonaut.pagination.filters import MAX_ID

# More changes than these are not looked through for one count: it takes some 10 ms.
MOST_DELTAS = 2_000

RECENT = f"(SELECT tags, creator_id, model_ids, works FROM catalog_catalogdelta LIMIT {MOST_DELTAS + 1}) AS recent"  # noqa: S608
TAGGED = f"""
    SELECT coalesce((SELECT works FROM catalog_tag WHERE name = key), 0)
        + coalesce((SELECT sum(works) FROM {RECENT} WHERE key = ANY(genonaut_tag_keys(tags))), 0),
        (SELECT count(*) FROM {RECENT})
    FROM unnest(genonaut_tag_keys(ARRAY[%s])) AS key
"""  # noqa: S608 - of what stands above
CREATED = f"""
    SELECT coalesce((SELECT works FROM catalog_creator WHERE id = %s), 0)
        + coalesce((SELECT sum(works) FROM {RECENT} WHERE creator_id = %s), 0),
        (SELECT count(*) FROM {RECENT})
"""  # noqa: S608 - of what stands above
CREATED_BY_ANY = f"""
    SELECT coalesce((SELECT sum(works) FROM catalog_creator WHERE id = ANY(%s)), 0)
        + coalesce((SELECT sum(works) FROM {RECENT} WHERE creator_id = ANY(%s)), 0),
        (SELECT count(*) FROM {RECENT})
"""  # noqa: S608 - of what stands above
MADE_WITH = f"""
    SELECT coalesce((SELECT works FROM catalog_usedmodel WHERE id = %s), 0)
        + coalesce((SELECT sum(works) FROM {RECENT} WHERE %s = ANY(model_ids)), 0),
        (SELECT count(*) FROM {RECENT})
"""  # noqa: S608 - of what stands above


def works_tagged(tag: str) -> int | None:
    """Return how many public works have a tag, whatever its case; None if so much has changed that it is not known at
    once. One query."""
    return _counted(TAGGED, [tag])


def works_by(creator: int) -> int | None:
    """Return how many public works an account has; None as above. One query."""
    return _counted(CREATED, [creator, creator]) if creator <= MAX_ID else 0


def works_by_any(creators: list[int]) -> int | None:
    """Return how many public works some accounts have together; None as above. One query."""
    return _counted(CREATED_BY_ANY, [creators, creators])


def works_made_with(model: int) -> int | None:
    """Return how many public works were made with a model or LoRA; None as above. One query."""
    return _counted(MADE_WITH, [model, model])


def _counted(statement: str, params: list[object]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        works, recent = cursor.fetchone()
    return int(works) if recent <= MOST_DELTAS else None
