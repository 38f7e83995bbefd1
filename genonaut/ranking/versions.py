"""The version of a list: text that changes with every change of its rows, and never comes back."""

from collections.abc import Collection, Mapping
from typing import Any

from genonaut.ranking.conf import SERVER_START
from genonaut.ranking.declaration import Ranking
from genonaut.ranking.levels import ROOT
from genonaut.ranking.models import RankingState
from genonaut.ranking.sql_names import SqlNames
from genonaut.ranking.statements import SQL, value

STATES = RankingState._meta.db_table

# The generation, the era, and how many changes the rows of some facets have seen, compacted or not.
VERSION = """(SELECT ({generation}) || '.' || {era} || '.' || (
    (SELECT coalesce(sum(change_count), 0) FROM {node} WHERE level = {root} AND {facets})
    + (SELECT coalesce(sum(change_count), 0) FROM {delta} WHERE {facets})
))"""

# The model's own state and that of this order; the model's alone after TRUNCATE of everything (states.py).
GENERATION = """SELECT max(generation) FROM {states} WHERE model = {label} OR starts_with(model, {dotted})
    HAVING bool_or(model = {label}) AND (count(*) = 1 OR bool_or(model = {built_as}))"""

# The server's start, the database and file that hold the state, and the transaction that wrote it.
ERA = """(SELECT ({start}) || pg_relation_filepath(tableoid) || '.' || xmin
    FROM {states} WHERE model = {label})"""


def version_sql(ranking: Ranking, facets: Mapping[str, Collection[Any]], pending: str | None = None) -> SQL:
    """Return SQL of the version of the rows of some facets; NULL if the ranking is not built.

    It changes with every row that comes, goes or changes, and whenever the database goes back to an earlier state.
    `pending` names a CTE that holds all deltas.
    """
    names = SqlNames(ranking)
    return SQL(VERSION).format(
        generation=generation_sql(ranking),
        era=era_sql(ranking),
        node=names.node,
        delta=pending or names.delta,
        root=str(ROOT),
        facets=names.facets_are(facets),
    )


def generation_sql(ranking: Ranking) -> SQL:
    """Return a query of the generation of a ranking's counts; NULL unless it is built (states.py)."""
    return SQL(GENERATION).format(
        states=STATES,
        label=value(ranking.owner.label),
        dotted=value(f"{ranking.owner.label}."),
        built_as=value(ranking.built_as),
    )


def era_sql(ranking: Ranking) -> SQL:
    """Return SQL of the era, which no two histories of the same rows share: a restored database begins a new one."""
    return SQL(ERA).format(start=SERVER_START, states=STATES, label=value(ranking.owner.label))
