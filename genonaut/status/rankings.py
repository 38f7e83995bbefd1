"""The panel of the rankings: which may be read, and how many changes are still to be moved into their leaves."""

from django.db import connection

from genonaut.pagination.totals import LARGE_COUNT_BUDGET
from genonaut.ranking import Rankings, RankingState, built, declared, ranked_rows
from genonaut.status.durations import ago
from genonaut.status.panels import Contents, Fact, Table
from genonaut.status.tasks import last_turns
from genonaut.worker_tasks import compact_rankings


def rankings_panel() -> Contents:
    """Return the state of each model's rankings. Three queries, and two for each model: all of few rows."""
    states = {state.model: state for state in RankingState.objects.all()}
    pending = pending_counts(declared())
    rows, missing = [], []
    for rankings in declared():
        orders = built(rankings)
        missing += [f"{rankings.label}.{name}" for name in rankings if name not in orders]
        state = states.get(rankings.label)
        rows.append(
            (
                rankings.label,
                f"{ranked_rows(next(iter(rankings.values()))):,}",
                f"{len(orders)} of {len(rankings)}",
                ago(state.built_at if state else None),
                _said(pending[rankings]),
            )
        )
    # Beyond that its pages are read without it until a compaction.
    late = any(count > rankings.most_deltas for rankings, count in pending.items())
    facts = [
        Fact("Not built", ", ".join(missing) or "none", is_warning=bool(missing)),
        Fact("Changes to be moved", _said(sum(pending.values())), is_warning=late),
        Fact("Last compaction by a worker", ago(last_turns().get(compact_rankings.name))),
    ]
    head = ("Model", "Rows", "Orders", "Built", "To be moved")
    return Contents(facts, [Table("Rankings", head, rows)])


def pending_counts(every: list[Rankings]) -> dict[Rankings, int]:
    """Return how many changes of each model are still to be moved, up to LARGE_COUNT_BUDGET + 1. One query."""
    tables = [rankings.delta._meta.db_table for rankings in every]
    few = f"LIMIT {LARGE_COUNT_BUDGET + 1}) AS few"
    counts = ", ".join(f'(SELECT count(*) FROM (SELECT FROM "{table}" {few})' for table in tables)  # noqa: S608 - ours
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}")
        return dict(zip(every, cursor.fetchone(), strict=True))


def _said(count: int) -> str:
    return f"{count:,}" if count <= LARGE_COUNT_BUDGET else f"more than {LARGE_COUNT_BUDGET:,}"
