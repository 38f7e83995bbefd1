"""What changes whenever the rows of a list do: the version of a ranking, and a digest of rows that none counts."""

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Func, Model, Q, TextField

from genonaut.ranking import Statement, compose, version, version_sql

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


def model_version_sql(model: type[Model], facets: Mapping[str, Collection[Any]]) -> Statement:
    """Return SQL of the same."""
    return version_sql(next(iter(model.rankings.values())), facets)


def fingerprint_sql(model: type[Model], conditions: Sequence[Q]) -> Statement:
    """Return SQL of a digest of the few rows of some conditions, whatever changes in them; NULL where they are many.

    xmin is the transaction that wrote a row: it changes with every update.
    """
    if not conditions:
        return Statement("''")
    marks = model._base_manager.filter(reduce(or_, conditions)).order_by().annotate(written=RowVersion())
    sql, params = marks.values_list("pk", "written")[: MOST_FINGERPRINTED + 1].query.sql_with_params()
    return compose(
        """(SELECT CASE WHEN count(*) <= {most} THEN
            left(encode(sha256(convert_to(coalesce(string_agg(pk || ' ' || written, ',' ORDER BY pk), ''), 'UTF8')),
                'hex'), 16)
        END FROM ({marks}) AS own (pk, written))""",
        most=str(MOST_FINGERPRINTED),
        marks=Statement(sql, params),
    )
