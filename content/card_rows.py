"""Reads the works of a page for their cards by a query that is cached, and its plan with it. To compose it takes the
ORM twice as long as PostgreSQL and psycopg take to answer it, to plan it four times as long as to run it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any

from django.db.models import Model

from content.models import ContentItem
from content.querysets import CARD_FIELDS, CARD_RELATIONS, NOT_COUNTED, LikeCount, StackSize, opening_of
from genonaut.api.database_json import PKS, IsOnPage
from genonaut.pagination.list_rows import ListRows
from genonaut.ranking import SQL, ByteLRU, PreparedQuery, rows_of

# By the cache key of the list; each takes about two kilobytes.
STATEMENTS: ByteLRU[PreparedQuery] = ByteLRU(1_000_000)


def _in_order(model: type[Model], names: Iterable[str]) -> tuple[str, ...]:
    """Return columns in the order of their model, which `from_db` goes by."""
    wanted = {"id", *names}
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname in wanted)


_ITEM = _in_order(ContentItem, (*CARD_FIELDS, *(f"{name}_id" for name in CARD_RELATIONS)))
_FIELDS = {ContentItem._meta.get_field(name): fields for name, fields in CARD_RELATIONS.items()}
_RELATIONS = [(relation, _in_order(relation.related_model, fields)) for relation, fields in _FIELDS.items()]
_COLUMNS = [*_ITEM, *(f"{relation.name}__{field}" for relation, fields in _RELATIONS for field in fields)]
# Where in a row the columns of each relation are.
_PARTS = [slice(*ends) for ends in pairwise(accumulate((len(fields) for _, fields in _RELATIONS), initial=len(_ITEM)))]


def read_works(rows: ListRows, pks: Sequence[int]) -> dict[int, ContentItem]:
    """Return the works that are still visible as `for_cards` loads them, by primary key. One query; a RowReader.

    Of a WorksListing the works that its rows refer to, by the rows' keys; `listed_at` is the time of the row.
    """
    if not pks:
        return {}
    alias, values = ContentItem.objects.db, {PKS: f"{{{','.join(map(str, pks))}}}"}
    key = rows.list_query.cache_key
    return dict(_instances(alias, rows_of(alias, lambda: _statement(rows), values, cache=STATEMENTS, key=key)))


def _statement(rows: ListRows) -> SQL:
    spec = rows.list_query.spec
    item = f"{spec.reference}__" if spec.reference else ""
    listed = [spec.time_sort] if spec.reference and spec.has_time_sort() else []
    # The time comes last: rows of a list without one lack it.
    columns = ["pk", *(f"{item}{name}" for name in _COLUMNS), "card_opening", "card_likes", "card_stacked", *listed]
    stacked = StackSize(item) if "stacks" in rows.list_query.active_filters else NOT_COUNTED
    told = {"card_opening": opening_of(item), "card_likes": LikeCount(item), "card_stacked": stacked}
    works = rows.visible.filter(IsOnPage()).annotate(**told).values_list(*columns)
    sql, params = works.query.sql_with_params()
    return SQL(sql, tuple(params))


def _instances(alias: str, rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, ContentItem]]:
    for pk, *row in rows:
        item = ContentItem.from_db(alias, _ITEM, row[: len(_ITEM)])
        for (relation, fields), part in zip(_RELATIONS, _PARTS, strict=True):
            relation.set_cached_value(item, _related(alias, relation.related_model, fields, row[part]))
        item.opening, item.like_count, item.stack_size, *listed = row[len(_COLUMNS) :]
        if listed:
            [item.listed_at] = listed
        yield pk, item


def _related(alias: str, model: type[Model], fields: tuple[str, ...], values: tuple[Any, ...]) -> Model | None:
    return None if values[0] is None else model.from_db(alias, fields, values)
