"""What there is of each ranking: which are declared, which are built, and how large they are."""

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db import connections, router

from genonaut.ranking.building import pending_deltas, ranked_rows
from genonaut.ranking.declaration import BLOCK, GROUP, Ranking, Rankings
from genonaut.ranking.models import RankingState
from genonaut.ranking.nodes import Nodes


@dataclass(frozen=True)
class Status:
    """One ranking's state; deltas and generation are those of its model."""

    ranking: Ranking
    rows: int  # that its nodes count
    blocks: int
    groups: int
    pending: int
    generation: int | None  # None: not built
    built_at: datetime | None


def declared() -> list[Rankings]:
    """Return the rankings of all models, by the models' names."""
    found = [model.rankings for model in apps.get_models() if isinstance(getattr(model, "rankings", None), Rankings)]
    return sorted(dict.fromkeys(found), key=lambda rankings: rankings.label)


def is_built(rankings: Rankings) -> bool:
    """Whether the rankings of a model may be read. One query."""
    return RankingState.objects.using(router.db_for_read(rankings.model)).filter(pk=rankings.label).exists()


def status(rankings: Rankings) -> list[Status]:
    """Return the state of each of a model's rankings. Two queries, and three for each ranking."""
    alias = router.db_for_read(rankings.model)
    state = RankingState.objects.using(alias).filter(pk=rankings.label).first()
    pending = pending_deltas(rankings)
    found = []
    with connections[alias].cursor() as cursor:
        for ranking in rankings.values():
            nodes = Nodes(cursor, ranking)
            found.append(
                Status(
                    ranking,
                    rows=ranked_rows(ranking),
                    blocks=nodes.count_nodes(BLOCK),
                    groups=nodes.count_nodes(GROUP),
                    pending=pending,
                    generation=state and state.generation,
                    built_at=state and state.built_at,
                )
            )
    return found
