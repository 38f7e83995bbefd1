"""Models and LoRAs by the names and hashes that generators write: each is one row, whatever it is called."""

from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from media.models import ModelKind

# In the order of their keys: two processes that name the same models wait for each other, and never in a ring.
INSERT = """
INSERT INTO media_generativemodel (kind, name, key, hash)
SELECT DISTINCT ON (kind, key) kind, name, key, '' FROM (
    SELECT kind, name, (genonaut_tag_keys(ARRAY[name]))[1] AS key
    FROM unnest(%(kinds)s::text[], %(names)s::text[]) AS named (kind, name)
) AS named
WHERE NOT EXISTS (SELECT 1 FROM media_generativemodel AS known WHERE known.kind = named.kind AND known.key = named.key)
ORDER BY kind, key
ON CONFLICT (kind, key) DO NOTHING
RETURNING id
"""
# A name without a hash takes the first that is written beside it. If a model has that hash, the name becomes its alias:
# if the hash is one of a whole file (8 digits are of a part that many files share; "None" is none), and the model is
# new as well or one of public works. Works would else show a name that private works alone have.
HASH = """
WITH said AS (
    SELECT DISTINCT ON (model.id) model.id, model.kind, named.hash
    FROM unnest(%(kinds)s::text[], %(names)s::text[], %(hashes)s::text[]) AS named (kind, name, hash)
    JOIN media_generativemodel AS model
        ON model.kind = named.kind AND model.key = (genonaut_tag_keys(ARRAY[named.name]))[1]
    WHERE named.hash <> '' AND model.hash = ''
    ORDER BY model.id
)
UPDATE media_generativemodel AS model SET hash = said.hash, alias_of_id = (
    SELECT first.id FROM media_generativemodel AS first
    WHERE first.kind = said.kind AND first.hash = said.hash AND first.alias_of_id IS NULL AND first.id <> said.id
        AND said.hash ~ '^([a-z0-9_-]+:|0x)?[0-9a-f]{10,}$' AND said.hash ~ '[1-9a-f][0-9a-f]*$'
        AND (first.id = ANY(%(new)s)
            OR EXISTS (SELECT 1 FROM catalog_usedmodel AS used WHERE used.id = first.id)
            OR EXISTS (SELECT 1 FROM catalog_catalogdelta WHERE first.id = ANY(model_ids) AND works > 0))
        AND NOT EXISTS (SELECT 1 FROM media_generativemodel AS other WHERE other.alias_of_id = said.id)
    ORDER BY first.id LIMIT 1)
FROM said WHERE model.id = said.id
"""
FIND = """
SELECT named.kind, named.name, coalesce(model.alias_of_id, model.id)
FROM unnest(%(kinds)s::text[], %(names)s::text[]) AS named (kind, name)
JOIN media_generativemodel AS model
    ON model.kind = named.kind AND model.key = (genonaut_tag_keys(ARRAY[named.name]))[1]
"""
LONGEST_NAME, LONGEST_HASH = 300, 100


class Named(NamedTuple):
    """A model as a generator names it; `hash` is empty if it says none."""

    kind: ModelKind
    name: str
    hash: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What it is looked up by in the answer of `model_ids`."""
        return self.kind.value, self.name


def model_ids(named: Collection[Named]) -> dict[tuple[str, str], int]:
    """Return the ids of models by kind and name; those that are not known yet are added. Three queries, or none."""
    if not named:
        return {}
    cut = {one: Named(one.kind, one.name[:LONGEST_NAME], one.hash[:LONGEST_HASH].lower()) for one in named}
    params = {
        "kinds": [one.kind.value for one in cut.values()],
        "names": [one.name for one in cut.values()],
        "hashes": [one.hash for one in cut.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, params)
        new = [pk for (pk,) in cursor.fetchall()]
        if any(params["hashes"]):
            cursor.execute(HASH, {**params, "new": new})
        cursor.execute(FIND, params)
        found = {(kind, name): pk for kind, name, pk in cursor.fetchall()}
    return {one.key: found[short.key] for one, short in cut.items()}
