"""Exact ranks for Django models on PostgreSQL: the row at rank N, the rank of a row and exact counts. See README.md.

Everything public is imported from here, as in `from genonaut.ranking import Rankings`. A name is loaded on first use:
Django imports this package while it loads the apps, before models may be imported. `__init__.pyi` tells type checkers.
"""

from importlib import import_module
from typing import Any

# The public names by the modules that hold them.
_NAMES = {
    # Declare
    "declaration": ("Ranking", "Rankings"),
    "columns": ("Key",),
    "operations": ("AttachPartition", "BuildRankings", "ForgetRankings"),
    "checks": ("check_covering_indexes", "check_partitions"),
    # Read
    "reader": ("Reader",),
    "reading": ("page_containing", "at_rank", "totals", "from_bound", "node_ranks", "rank_of", "version"),
    "rows": ("TableRows",),
    "rank_query": (
        "NOTHING",
        "Correction",
        "KeyBound",
        "KeyComparison",
        "KeyValues",
        "NotBuiltError",
        "NotReadyError",
        "RankQuery",
        "RankResult",
        "RowSource",
        "TooManyChangesError",
    ),
    "versions": ("version_sql",),
    # Look after
    "background": ("compact_soon",),
    "attaching": ("PartitionError", "attach", "detach"),
    "building": (
        "catch_up",
        "expected_rows",
        "pending_deltas",
        "ranked_rows",
        "rebuild",
        "recount_partitions",
        "vacuum",
    ),
    "compaction": ("Compacted", "compact"),
    "models": ("RankingState",),
    "partitions": ("Partition", "partitions_of"),
    "status": ("built", "declared"),
    "verifying": ("Drift", "verify"),
    # Parts of readers that their callers use: SQL in pieces, rows by a plan that is kept, a cache by bytes, one
    # background thread for each key
    "statements": ("SQL", "Param", "PreparedQuery", "value"),
    "execution": ("rows_of",),
    "byte_lru": ("ByteLRU",),
    "single_flight": ("SingleFlight",),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - of any type
    """Load a public name."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
