"""Items for rankings: random ones with many equal keys, and what OFFSET and COUNT say of them."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from itertools import product
from random import Random
from typing import Any

from django.db import connection
from django.db.models import F, Model, QuerySet

from genonaut.ranking import SQL, Ranking, RankQuery, TableRows
from genonaut.ranking.levels import LEAF
from tests.factories import EPOCH
from tests.ranking.ranked.models import QUALITY_KEY, ContentType, Item, Source

RANKINGS = Item.rankings
TABLE = Item._meta.db_table
# As commands and states name them.
LABEL = Item._meta.label
QUALITIES = [None, 0.0, 0.1, 0.5, 0.5, 1.0]
MINUTES = 40
Facets = Mapping[str, Collection[Any]]
FACETS: list[Facets] = [
    {name: values for name, values in zip(("source", "content_type", "is_private"), chosen, strict=True) if values}
    for chosen in product(
        (None, [Source.USER], [Source.AUTO]), (None, ["image"], ["text", "audio"]), (None, [False], [True])
    )
]
# Each sort's keys, as the ORM names them.
KEYS = {"newest": ("created_at", "id"), "best": ("quality", "created_at", "id")}


def random_item(random: Random, model: type[Model] = Item, **given: object) -> Model:
    """Return an unsaved item of random keys and facets, or a row of another model with such fields."""
    values = {
        "title": "An item",
        "created_at": random_time(random),
        "quality_score": random.choice(QUALITIES),
        "source": random.choice(Source.values),
        "content_type": random.choice(ContentType.values),
        "is_private": random.random() < 0.25,
        "seed": 1,
    }
    return model(**(values | given))


def random_time(random: Random) -> datetime:
    """Return one of few times, so that many items share one."""
    return EPOCH + timedelta(minutes=random.randrange(MINUTES))


def make_items(number: int, *, seed: int = 1, **given: object) -> list[Item]:
    """Insert random items by one statement."""
    random = Random(seed)
    return Item.objects.bulk_create(random_item(random, **given) for _ in range(number))


def listed(name: str, facets: Facets, *, is_descending: bool = False) -> QuerySet:
    """Return the keys of the rows of some facets, in order: what to compare with, by OFFSET and COUNT."""
    keys = KEYS[name]
    items = Item.objects.annotate(quality=QUALITY_KEY)
    for facet, values in facets.items():
        items = items.filter(**{f"{facet}__in": values})
    return items.order_by(*(F(key).desc() if is_descending else F(key).asc() for key in keys)).values_list(*keys)


def rank_query(name: str, facets: Facets, **given: object) -> RankQuery:
    """Return what of a ranking is read."""
    ranking = RANKINGS[name]
    return RankQuery(ranking, facets, TableRows(ranking, facets), **given)


def leaf_sizes(ranking: Ranking) -> list[int]:
    """Return how many rows each leaf counts, in order."""
    names = ", ".join(column.name for column in ranking.key_columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sum(row_count) FROM {ranking.node._meta.db_table} WHERE level = {LEAF}"
            f" GROUP BY {names} ORDER BY {names}"
        )
        return [int(rows) for (rows,) in cursor.fetchall()]


class RowsWhere:
    """The rows of a condition, in a ranking's order. A RowSource."""

    def __init__(self, ranking: Ranking, condition: str) -> None:
        self.ranking = ranking
        self.condition = condition

    def keys(self, comparisons: Collection[tuple[str, SQL]], *, is_descending: bool | None, limit: int | None) -> SQL:
        """Return SQL of the keys; see RowSource."""
        sources = [column.of("item") for column in self.ranking.key_columns]
        order = ", ".join(f"{source} {'DESC' if is_descending else 'ASC'}" for source in sources)
        limit_sql = "" if limit is None else f" LIMIT {limit}"
        return SQL("SELECT {keys} FROM {table} AS item WHERE {conditions} ORDER BY {order}{limit}").format(
            keys=", ".join(f"{source} AS key_{number}" for number, source in enumerate(sources)),
            table=TABLE,
            conditions=SQL(" AND ").join(
                [
                    SQL(f"({self.condition})"),
                    *(
                        SQL("({a}) {o} ({b})").format(a=", ".join(sources), o=operator, b=key)
                        for operator, key in comparisons
                    ),
                ],
            ),
            order=order,
            limit=limit_sql,
        )
