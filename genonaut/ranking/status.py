"""The status of all rankings: which are declared, which are built, and how large they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db import connections, router

from genonaut.ranking.building import pending_deltas, ranked_rows
from genonaut.ranking.declaration import Ranking, Rankings
from genonaut.ranking.levels import INNER, LEAF
from genonaut.ranking.models import RankingState
from genonaut.ranking.nodes import Nodes
from genonaut.ranking.states import built_orders

Wanted = dict[Rankings, list[str]]


class UnknownRankingError(LookupError):
    """No model or order has such a name."""


@dataclass(frozen=True)
class Status:
    """One ranking's state; deltas are those of its model, generation too, once it is built."""

    ranking: Ranking
    rows: int  # that its nodes count
    leaves: int
    inner_nodes: int
    pending: int
    generation: int | None  # None: not built
    built_at: datetime | None


def declared() -> list[Rankings]:
    """Return the rankings of all models, by the models' names."""
    found = [model.rankings for model in apps.get_models() if isinstance(getattr(model, "rankings", None), Rankings)]
    return sorted(dict.fromkeys(found), key=lambda rankings: rankings.label)


def find_orders(names: Iterable[str]) -> Wanted:
    """Return the orders of some names, `app.Model` or `app.Model.order`; of all models if there are none.

    Raises UnknownRankingError, which lists the names that there are.
    """
    every = {rankings.label: rankings for rankings in declared()}
    wanted: Wanted = {}
    for name in names or every:
        rankings, orders = _find(name, every)
        known = wanted.setdefault(rankings, [])
        known += [order for order in orders if order not in known]
    return wanted


def _find(name: str, every: dict[str, Rankings]) -> tuple[Rankings, list[str]]:
    if name in every:
        return every[name], list(every[name])
    label, _, order = name.rpartition(".")
    if order not in every.get(label, ()):
        names = [str(ranking) for rankings in every.values() for ranking in rankings.values()]
        raise UnknownRankingError(f"There is no ranking {name}; there are: {', '.join(names)}.")
    return every[label], [order]


def built(rankings: Rankings) -> set[str]:
    """Return the names of those orders of a model that may be read. One query."""
    with connections[router.db_for_read(rankings.model)].cursor() as cursor:
        return built_orders(cursor, rankings)


def status(rankings: Rankings) -> list[Status]:
    """Return the state of each of a model's rankings. Three queries, and three for each ranking."""
    alias = router.db_for_read(rankings.model)
    state = RankingState.objects.using(alias).filter(pk=rankings.label).first()
    pending = pending_deltas(rankings)
    found = []
    with connections[alias].cursor() as cursor:
        orders = built_orders(cursor, rankings)
        for name, ranking in rankings.items():
            is_built = state is not None and name in orders
            nodes = Nodes(cursor, ranking)
            found.append(
                Status(
                    ranking,
                    rows=ranked_rows(ranking),
                    leaves=nodes.count_nodes(LEAF),
                    inner_nodes=nodes.count_nodes(INNER),
                    pending=pending,
                    generation=state.generation if is_built else None,
                    built_at=state.built_at if is_built else None,
                )
            )
    return found
