"""Models and LoRAs by the names and hashes that generators write: each is one row, whatever it is called."""

import secrets
from collections.abc import Collection
from typing import NamedTuple

from django.db import connection, transaction

from media.models import GenerativeModel, ModelKind

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
# A name without a hash takes the first that is written beside it. If a model has that hash, a new name becomes its
# alias: if the hash is one of a whole file (8 digits are of a part that many files share; "None" is none), and the
# model is one of public works. Works would else show a name that private works alone have. A name that is not new may
# have works, written or being written, which refer to it and would not be found. A name that others use without a hash
# takes none: a file could else say that their model is another.
HASH = """
WITH said AS (
    SELECT DISTINCT ON (model.id) model.id, model.kind, named.hash
    FROM unnest(%(kinds)s::text[], %(names)s::text[], %(hashes)s::text[]) AS named (kind, name, hash)
    JOIN media_generativemodel AS model
        ON model.kind = named.kind AND model.key = (genonaut_tag_keys(ARRAY[named.name]))[1]
    WHERE named.hash <> '' AND model.hash = '' AND NOT EXISTS (
        SELECT 1 FROM media_modelnaming AS naming
        WHERE naming.model_id = model.id AND NOT coalesce(naming.creator_id, 0) = ANY(%(creators)s::bigint[]))
    ORDER BY model.id
)
UPDATE media_generativemodel AS model SET hash = said.hash, alias_of_id = (
    SELECT first.id FROM media_generativemodel AS first
    WHERE first.kind = said.kind AND first.hash = said.hash AND first.alias_of_id IS NULL AND said.id = ANY(%(new)s)
        AND said.hash ~ '^([a-z0-9_-]+:|0x)?[0-9a-f]{10,}$' AND said.hash ~ '[1-9a-f][0-9a-f]*$'
        AND (EXISTS (SELECT 1 FROM catalog_usedmodel AS used WHERE used.id = first.id)
            OR EXISTS (SELECT 1 FROM catalog_catalogdelta WHERE first.id = ANY(model_ids) AND works > 0))
    ORDER BY first.id LIMIT 1)
FROM said WHERE model.id = said.id
"""
FIND = """
SELECT named.kind, named.name, coalesce(model.alias_of_id, model.id)
FROM unnest(%(kinds)s::text[], %(names)s::text[]) AS named (kind, name)
JOIN media_generativemodel AS model
    ON model.kind = named.kind AND model.key = (genonaut_tag_keys(ARRAY[named.name]))[1]
"""
# Creators who are counted for a name: what is counted stays little, however many there are.
MOST_NAMINGS = 100
COUNT = f"""
(SELECT count(*) FROM (SELECT 1 FROM media_modelnaming AS naming
    WHERE naming.model_id = {{model}} AND naming.key = {{key}} LIMIT {MOST_NAMINGS}) AS counted)
"""  # noqa: S608 - of what stands above
NOTE = f"""
INSERT INTO media_modelnaming (model_id, key, creator_id)
SELECT * FROM (
    SELECT DISTINCT coalesce(model.alias_of_id, model.id) AS model_id, model.key, named.creator_id
    FROM unnest(%(kinds)s::text[], %(names)s::text[], %(creators)s::bigint[]) AS named (kind, name, creator_id)
    JOIN media_generativemodel AS model
        ON model.kind = named.kind AND model.key = (genonaut_tag_keys(ARRAY[named.name]))[1]
) AS said
WHERE {COUNT.format(model="said.model_id", key="said.key")} < {MOST_NAMINGS}
ORDER BY model_id, key, creator_id
ON CONFLICT DO NOTHING
"""  # noqa: S608 - of what stands above
# Aliases that more creators use than the name that is shown. One that works are being written of is left for the next.
PREFERRED = f"""
SELECT alias.id, shown.id FROM media_generativemodel AS alias
JOIN media_generativemodel AS shown ON shown.id = alias.alias_of_id AND NOT shown.is_name_fixed
CROSS JOIN LATERAL (SELECT {COUNT.format(model="shown.id", key="alias.key")} AS namings) AS counted
WHERE (alias.kind, alias.key) IN (
    SELECT kind, (genonaut_tag_keys(ARRAY[name]))[1]
    FROM unnest(%(kinds)s::text[], %(names)s::text[]) AS named (kind, name))
AND counted.namings > {COUNT.format(model="shown.id", key="shown.key")}
ORDER BY shown.id, counted.namings DESC, alias.id
FOR UPDATE OF alias, shown SKIP LOCKED
"""  # noqa: S608 - of what stands above
PUBLISH = """
UPDATE media_generativemodel SET is_name_public = true WHERE id IN (
    SELECT id FROM media_generativemodel
    WHERE NOT is_name_public AND (kind, key) IN (
        SELECT kind, (genonaut_tag_keys(ARRAY[name]))[1]
        FROM unnest(%(kinds)s::text[], %(names)s::text[]) AS named (kind, name))
    ORDER BY kind, key FOR UPDATE)
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


def model_ids(named: Collection[Named], creators: Collection[int | None] = ()) -> dict[tuple[str, str], int]:
    """Return the ids of models by kind and name; those that are not known yet are added. Three queries, or none.

    `creators` are those who name them: a name that they alone use takes the hash that is written beside it.
    """
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
            cursor.execute(HASH, {**params, "new": new, "creators": [pk or 0 for pk in creators]})
        cursor.execute(FIND, params)
        found = {(kind, name): pk for kind, name, pk in cursor.fetchall()}
    return {one.key: found[short.key] for one, short in cut.items()}


def note_names(uses: Collection[tuple[Named, int | None]]) -> None:
    """Note which creators name models how in public works, and let each model show the name that most of them use; of
    equals the older one stays. Three queries, and four for each model whose name changes; none for no uses."""
    if not uses:
        return
    params = {
        "kinds": [named.kind.value for named, _creator in uses],
        "names": [named.name[:LONGEST_NAME] for named, _creator in uses],
        "creators": [creator for _named, creator in uses],
    }
    with connection.cursor() as cursor:
        cursor.execute(NOTE, params)
        cursor.execute(PUBLISH, params)
        cursor.execute(PREFERRED, params)
        preferred = {shown: alias for alias, shown in reversed(cursor.fetchall())}
    for shown, alias in preferred.items():
        exchange_names(shown, alias)


def exchange_names(shown: int, alias: int) -> None:
    """Let a model show the name of one of its aliases, and the alias have the one that it showed. The caller has
    locked both. Four queries."""
    names = {model.pk: model for model in GenerativeModel.objects.filter(pk__in=[shown, alias])}
    GenerativeModel.objects.filter(pk=alias).update(name=f"{alias} {secrets.token_hex(16)}")
    for pk, other in ((shown, names[alias]), (alias, names[shown])):
        GenerativeModel.objects.filter(pk=pk).update(name=other.name, is_name_public=other.is_name_public)


@transaction.atomic
def fix_name(pk: int) -> None:
    """Let a model show this name of its names for good: its own, or that of an alias."""
    model = GenerativeModel.objects.get(pk=pk)
    shown = model.alias_of_id or pk
    list(GenerativeModel.objects.select_for_update().filter(pk__in=[shown, pk]).order_by("pk").values_list("pk"))
    if shown != pk:
        exchange_names(shown, pk)
    GenerativeModel.objects.filter(pk=shown).update(is_name_fixed=True)
