"""Reads the row that a query of a ranking gives: the summary columns, and a page behind them."""

from genonaut.ranking.background import compact_soon
from genonaut.ranking.counts import SUMMARY_COLUMNS
from genonaut.ranking.declaration import Ranking
from genonaut.ranking.queries import SEPARATOR
from genonaut.ranking.rank_query import KeyValues, NotBuiltError, NotReadyError, RankResult, TooManyChangesError


def result_of(
    ranking: Ranking, row: KeyValues, *, most_corrections: int, page_at: int | None = None, first: int = 0
) -> RankResult:
    """Return the result in a row; its page, if any, begins at the column `page_at`.

    Raises NotReadyError: not built, too many deltas (it starts a compaction then), or too many corrections.
    """
    total, generation, version, pending, corrections, removed, start, whole, probes, extra = row[:SUMMARY_COLUMNS]
    label = ranking.owner.label
    if generation is None:
        raise NotBuiltError(f"The rankings of {label} are not built: manage.py rankings rebuild.")
    if pending > ranking.owner.most_deltas:
        compact_soon(ranking.owner, pending)
        raise TooManyChangesError(f"The rankings of {label} have too many changes: rankings compact.")
    if corrections > most_corrections:
        raise NotReadyError("There are too many rows that the ranking does not count as they are wanted.")
    items, *keys = row[page_at:] if page_at else (None,)
    return RankResult(
        total=int(total),
        version=version,
        pending=pending,
        first=first,
        keys=list(zip(*keys, strict=True)) if keys and keys[0] else [],
        items=[] if items is None else items.split(SEPARATOR),
        probes=probes or [],
        start=start,
        whole=whole,
        removed=removed,
        extra=extra,
    )
