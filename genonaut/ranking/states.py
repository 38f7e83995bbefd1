"""Which rankings are built, as their state says it: a row for the model, and one for each order that was counted.

TRUNCATE of everything, states included, leaves the model's row alone: then every order counts the no rows there are.
"""

from collections.abc import Iterable
from typing import Any

from django.db.backends.utils import CursorWrapper

from genonaut.ranking.declaration import Rankings
from genonaut.ranking.triggers import state_upsert


def built_orders(cursor: CursorWrapper, rankings: Rankings) -> set[str]:
    """Return the names of those orders of a model that may be read, as they are declared now. One query."""
    cursor.execute(
        "SELECT model FROM ranking_rankingstate WHERE model = %s OR starts_with(model, %s)",
        [rankings.label, f"{rankings.label}."],
    )
    found = {row[0] for row in cursor.fetchall()}
    if rankings.label not in found:
        return set()
    return {name for name, ranking in rankings.items() if ranking.built_as in found or len(found) == 1}


def mark_built(cursor: CursorWrapper, rankings: Rankings, names: Iterable[str]) -> None:
    """Mark some orders of a model as built, and all versions so far as past."""
    cursor.execute(state_upsert(rankings.label))
    for name in names:
        cursor.execute("DELETE FROM ranking_rankingstate WHERE starts_with(model, %s)", [f"{rankings[name]}:"])
        cursor.execute(
            """INSERT INTO ranking_rankingstate (model, generation, built_at)
            SELECT %s, generation, built_at FROM ranking_rankingstate WHERE model = %s""",
            [rankings[name].built_as, rankings.label],
        )


def forget(rankings: Rankings) -> tuple[str, list[Any]]:
    """Return a statement, and its parameters, that marks all orders of a model as not built."""
    return "DELETE FROM ranking_rankingstate WHERE model = %s OR starts_with(model, %s)", [
        rankings.label,
        f"{rankings.label}.",
    ]
