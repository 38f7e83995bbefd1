"""Counts that cost the same however many rows there are: up to a limit along an index, or by a ranking."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import Model, QuerySet, Value
from django.utils import timezone

from genonaut.pagination.keyset import Order
from genonaut.pagination.ranked import RankedList, RankedPages, RankedRows
from genonaut.pagination.totals import COUNT_BUDGET, Total, TotalKind
from genonaut.pagination.wording import total_text
from genonaut.ranking import KeyBound
from genonaut.status.panels import Chart

DAYS = 14


def bounded_counts(querysets: Sequence[QuerySet]) -> list[Total]:
    """Count the rows of each queryset up to COUNT_BUDGET. One query for all."""
    if not querysets:
        return []
    # Without a column, so that any index with the condition's columns answers alone.
    rows = [queryset.order_by().values(one=Value(1))[: COUNT_BUDGET + 1] for queryset in querysets]
    compiled = [limited.query.sql_with_params() for limited in rows]
    columns = ", ".join(f"(SELECT count(*) FROM ({sql}) AS counted)" for sql, _ in compiled)  # noqa: S608 - Django's
    with connections[querysets[0].db].cursor() as cursor:
        cursor.execute(f"SELECT {columns}", [value for _, params in compiled for value in params])
        return [_total(count) for count in cursor.fetchone()]


def _total(count: int) -> Total:
    if count > COUNT_BUDGET:
        return Total(COUNT_BUDGET, TotalKind.AT_LEAST)
    return Total(count, TotalKind.EXACT)


def count_texts(querysets: Sequence[QuerySet]) -> list[str]:
    """Return the counts as they are said: "12" or "more than 10,000". One query."""
    return [total_text(total) for total in bounded_counts(querysets)]


def ranked_days(
    name: str, model: type[Model], queryset: QuerySet, facets: Mapping[str, Sequence[Any]]
) -> tuple[Chart, int]:
    """Return how many rows each of the last DAYS days has by the model's ranking "newest", and how many there are.

    `queryset` and `facets` say the same. One query. Raises NotReadyError.
    """
    order = Order(model, ("created_at", "id"), is_descending=False)
    pages = RankedPages(
        RankedList(model.rankings["newest"], order, compose=lambda: RankedRows(dict(facets), [queryset]))
    )
    starts = day_starts()
    counts, total = pages.counts_before([KeyBound((start,)) for start in starts])
    return chart(name, starts, counts), total


def day_starts() -> list[datetime]:
    """Return the beginnings of the last DAYS days, today's last, and of tomorrow."""
    today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today + timedelta(days=number) for number in range(1 - DAYS, 2)]


def chart(name: str, starts: Sequence[datetime], before: Sequence[int]) -> Chart:
    """Return the chart of days whose starts have so many rows before them."""
    spans = zip(starts[:-1], before[:-1], before[1:], strict=True)
    return Chart(name, [(f"{start:%Y-%m-%d}", end - first) for start, first, end in spans])
