"""Versions, which change whenever the rows of a list do: of a ranking, and a digest of rows that none counts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connections
from django.db.models import Func, Model, Q, TextField

from genonaut.pagination.list_rows import ListRows
from genonaut.pagination.pins import next_sql
from genonaut.ranking import SQL, ByteLRU, NotReadyError, version, version_sql

# Recently used SQL of versions by cache key, one or two kB each.
VERSIONS: ByteLRU[SQL | None] = ByteLRU(1_000_000)
# Up to so many rows are looked at for a digest.
MOST_FINGERPRINTED = 1_000


class RowVersion(Func):
    """The id of the transaction that wrote a row, as text."""

    template = "xmin::text"
    output_field = TextField()


def model_version(model: type[Model], facets: Mapping[str, Collection[Any]]) -> str | None:
    """Return the version of a model's rows of these facets, None where they are not counted. One query."""
    # All orders of a model share their deltas, and so their versions.
    return version(next(iter(model.rankings.values())), facets)


def model_version_sql(model: type[Model], facets: Mapping[str, Collection[Any]]) -> SQL:
    """Return SQL of the same."""
    return version_sql(next(iter(model.rankings.values())), facets)


def fingerprint_sql(model: type[Model], conditions: Sequence[Q]) -> SQL:
    """Return SQL of a digest of the few rows of some conditions, whatever changes in them; NULL where they are many.

    xmin is the transaction that wrote a row: it changes with every update. The conditions are disjoint, and each is a
    scan of its own: no index answers them joined with OR, so that all rows of their owner would be walked.
    """
    if not conditions:
        return SQL("''")
    row_versions = model._base_manager.order_by().annotate(written=RowVersion()).values_list("pk", "written")
    parts = [row_versions.filter(condition)[: MOST_FINGERPRINTED + 1] for condition in conditions]
    few = parts[0].union(*parts[1:], all=True)[: MOST_FINGERPRINTED + 1] if len(parts) > 1 else parts[0]
    sql, params = few.query.sql_with_params()
    return SQL("""(SELECT CASE WHEN count(*) <= {most} THEN
            left(encode(sha256(convert_to(coalesce(string_agg(pk || ' ' || written, ',' ORDER BY pk), ''), 'UTF8')),
                'hex'), 16)
        END FROM ({row_versions}) AS own (pk, written))""").format(
        most=str(MOST_FINGERPRINTED),
        row_versions=SQL(sql, params),
    )


def list_version_sql(rows: ListRows) -> SQL | None:
    """Return SQL of the version of a list that a viewer may know of; None if it has none.

    A list that is not read by rank has none: how it is read, and so what is known of it, changes with the rows'
    statistics and anchors. A version of rows that are hidden from the viewer would tell of them.
    """
    key = rows.list_query.cache_key
    return VERSIONS.get(key, lambda: _list_version_sql(rows)) if key else _list_version_sql(rows)


def _list_version_sql(rows: ListRows) -> SQL | None:
    version = written_version_sql(rows)
    if version is None or rows.time_order is None:
        return version
    return with_next(version, next_sql(rows.scans_of(rows.unbounded), rows.time_order))


def with_next(version: SQL, next_moment: SQL) -> SQL:
    """Return SQL of a version that changes with what is written and with the next moment to come."""
    return SQL("({version} || '/' || {next_moment})").format(version=version, next_moment=next_moment)


def written_version_sql(rows: ListRows) -> SQL | None:
    """Return SQL of the part of a list's version that changes with what is written; None if it has no version."""
    spec = rows.list_query.spec
    if not rows.ranked_scopes or not spec.rankings:
        return None
    parts = [model_version_sql(spec.model, rows.scope_facets)]
    parts += [model_version_sql(model, {}) for model in spec.shows]
    parts += [fingerprint_sql(spec.model, rows.unranked)]
    parts += filter(None, [spec.shown_sql(rows.list_query.viewer)])
    # NULL as soon as one part is.
    return SQL("({parts})").format(parts=SQL(" || '/' || ").join(parts))


def list_version(rows: ListRows) -> str | None:
    """Return the version of a list's rows that a viewer may know of. One query at most."""
    sql = list_version_sql(rows) if rows.uses_ranking else None
    return sql and _value_of(sql, rows)


def rows_version(rows: ListRows) -> str:
    """Return the version of all rows of a list, ranked or not. Raises NotReadyError if the rankings are not built.

    Not to be shown: if the viewer's own rows are too many to look at, any change may be one of theirs.
    """
    spec = rows.list_query.spec
    own = _value_of(fingerprint_sql(spec.model, rows.unranked), rows) if rows.unranked else ""
    order = spec.order_sql(rows.list_query.sort)
    keys = _value_of(order, rows) if order else ""
    is_known = bool(rows.ranked_scopes) and own is not None
    watched = [(spec.model, rows.scope_facets if is_known else {})]
    if not is_known:
        watched += [(model, {}) for model in spec.shows]
    versions = [model_version(model, facets) for model, facets in watched]
    if None in versions:
        raise NotReadyError(f"The rankings of {spec.model._meta.label} are not built: manage.py rankings rebuild.")
    return "/".join([*versions, own or "", keys])


def _value_of(sql: SQL, rows: ListRows) -> str | None:
    """Return the value of a scalar expression. One query."""
    with connections[rows.list_query.spec.model._base_manager.db].cursor() as cursor:
        cursor.execute(f"SELECT {sql.sql}", sql.params)
        return cursor.fetchone()[0]
