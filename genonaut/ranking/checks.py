"""System checks: each ranking has an index that it can be counted by without reading the table, and each partition of a
ranked table is counted."""

from collections.abc import Collection, Iterator, Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning
from django.db import connections, router
from django.db.models import F, Index
from django.db.models.expressions import BaseExpression, OrderBy

from genonaut.ranking.columns import Key
from genonaut.ranking.declaration import Ranking, Rankings
from genonaut.ranking.models import RankingState
from genonaut.ranking.partitions import troubled
from genonaut.ranking.status import declared

NO_INDEX, NO_FACETS, NOT_COUNTED = "ranking.W001", "ranking.W002", "ranking.W003"


def check_covering_indexes(app_configs: Sequence[AppConfig] | None, **_options: object) -> list[CheckMessage]:
    """Return a warning for each ranking without an index of its keys, or with one that lacks a facet."""
    models = None if app_configs is None else {model for config in app_configs for model in config.get_models()}
    return [
        message
        for rankings in declared()
        if models is None or rankings.model in models
        for ranking in rankings.values()
        for message in check_covering_index(ranking)
    ]


def check_partitions(
    app_configs: Sequence[AppConfig] | None, databases: Collection[str] | None = None, **_options: object
) -> list[CheckMessage]:
    """Return a warning for each partition of a ranked table that is not counted as it should be. One query a model."""
    return [
        message
        for rankings in declared()
        if router.db_for_write(rankings.model) in (databases or ()) and _is_migrated(rankings)
        for message in _partition_messages(rankings)
    ]


def _is_migrated(rankings: Rankings) -> bool:
    """Return whether states are kept at all; `migrate` checks a database before it makes the first table."""
    connection = connections[router.db_for_write(rankings.model)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [RankingState._meta.db_table])
        return cursor.fetchone()[0]


def _partition_messages(rankings: Rankings) -> Iterator[CheckMessage]:
    for partition in troubled(rankings):
        message = f"The partition {partition.name} of {rankings.label} {partition.trouble}."
        hint = f"Run `manage.py rankings rebuild {rankings.label}`."
        yield Warning(message, hint=hint, obj=rankings.model, id=NOT_COUNTED)


def check_covering_index(ranking: Ranking) -> list[CheckMessage]:
    """Return the warning about the index of a ranking, if there is one."""
    model = ranking.owner.model
    indexes = [index for index in model._meta.indexes if _has_keys(index, ranking)]
    if any(not _missing(index, ranking) for index in indexes) or _is_primary_key(ranking):
        return []
    if indexes:
        names = ", ".join(_missing(indexes[0], ranking))
        message = f"The index {indexes[0].name} of the ranking {ranking} lacks facets: {names}."
        return [Warning(message, hint=f"Use {_declaration(ranking)}.", obj=model, id=NO_FACETS)]
    message = f"The ranking {ranking} has no index of its keys, so that each page may read the whole table."
    return [Warning(message, hint=f"Add {_declaration(ranking)} to Meta.indexes.", obj=model, id=NO_INDEX)]


def _has_keys(index: Index, ranking: Ranking) -> bool:
    """Return whether a B-tree of all rows holds exactly the keys, all ascending or all descending."""
    if index.condition is not None or index.opclasses or index.suffix != "idx":
        return False
    keys = [_split(key) for key in index.expressions] or [(name, bool(order)) for name, order in index.fields_orders]
    directions = {is_descending for _, is_descending in keys}
    return [_named(ranking, key) for key, _ in keys] == list(ranking.order) and len(directions) == 1


def _split(expression: BaseExpression | F) -> tuple[Key, bool]:
    """Return the key in an index's expression, and whether it is descending."""
    is_descending = isinstance(expression, OrderBy) and expression.descending
    key = expression.expression if isinstance(expression, OrderBy) else expression
    return (key.name if isinstance(key, F) else key), is_descending


def _named(ranking: Ranking, key: Key) -> Key:
    """Return a key as the ranking names it: the primary key has two names."""
    return ranking.order[-1] if key in _primary_key_names(ranking) else key


def _primary_key_names(ranking: Ranking) -> tuple[str, str]:
    return "pk", ranking.owner.model._meta.pk.name


def _missing(index: Index, ranking: Ranking) -> list[str]:
    """Return the facets that an index holds neither as a key nor included."""
    return [name for name in ranking.owner.facets if name not in {*index.include, *index.fields, *ranking.order}]


def _is_primary_key(ranking: Ranking) -> bool:
    """Return whether the table's own primary key covers a ranking."""
    return len(ranking.order) == 1 and not ranking.owner.facets


def _declaration(ranking: Ranking) -> str:
    """Return the index as Python."""
    keys = ", ".join(repr(key) if isinstance(key, str) else str(key) for key in ranking.order)
    facets = list(ranking.owner.facets)
    name = f"{ranking.owner.model._meta.model_name}_all_{ranking.name}"
    return f"Index({keys}, {f'include={facets}, ' if facets else ''}name={name!r})"
