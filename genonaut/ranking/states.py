"""Which rankings are built: a state row for the model, and one for each order that was counted.

TRUNCATE of everything, states included, leaves only the model's row: every order then counts its zero rows right.
"""

from collections.abc import Iterable
from typing import Any

from django.db.backends.utils import CursorWrapper

from genonaut.ranking.declaration import Rankings
from genonaut.ranking.models import RankingState

STATES = RankingState._meta.db_table


def built_orders(cursor: CursorWrapper, rankings: Rankings) -> set[str]:
    """Return the names of those orders of a model that may be read, as they are declared now. One query."""
    cursor.execute(
        f"SELECT model FROM {STATES} WHERE model = %s OR starts_with(model, %s)",
        [rankings.label, f"{rankings.label}."],
    )
    found = {row[0] for row in cursor.fetchall()}
    if rankings.label not in found:
        return set()
    return {name for name, ranking in rankings.items() if ranking.built_as in found or len(found) == 1}


def mark_built(cursor: CursorWrapper, rankings: Rankings, names: Iterable[str]) -> None:
    """Mark some orders of a model as built, and all versions so far as past."""
    cursor.execute(RankingState.upsert_sql(rankings.label))
    for name in names:
        cursor.execute(f"DELETE FROM {STATES} WHERE starts_with(model, %s)", [f"{rankings[name]}:"])
        cursor.execute(
            f"""INSERT INTO {STATES} (model, generation, built_at)
            SELECT %s, generation, built_at FROM {STATES} WHERE model = %s""",
            [rankings[name].built_as, rankings.label],
        )


def forget(rankings: Rankings) -> tuple[str, list[Any]]:
    """Return a statement, and its parameters, that marks all orders of a model as not built."""
    return f"DELETE FROM {STATES} WHERE model = %s OR starts_with(model, %s)", [
        rankings.label,
        f"{rankings.label}.",
    ]
