"""A partitioned table with rankings, for tests."""

from decimal import Decimal
from random import Random

from django.db import connection
from django.db.models import BigIntegerField, BooleanField, DecimalField, FloatField, Index, Model, Value
from django.db.models.functions import Coalesce

from genonaut.ranking import rebuild, verify
from tests.ranking.samples import declare, install_triggers

SCORE = Coalesce("score", Value(-1.0))
ORDERS = {"price": ("price", "id"), "best": (SCORE, "price", "id")}
NUMBER = 4
INDEXES = [
    Index("price", "id", include=["is_sold"], name="sample_all_price"),
    Index(SCORE, "price", "id", include=["is_sold"], name="sample_all_best"),
]


def partitioned(*, leave_out: int | None = None) -> type[Model]:
    """Return a ranked model whose table has four partitions by the hash of the id; a place may be left for one."""
    model = ranked()
    model._meta.indexes = INDEXES
    in_parts(model, NUMBER, leave_out=leave_out)
    install_triggers(model)
    rebuild(model.rankings)
    return model


def ranked(name: str = "Sample") -> type[Model]:
    """Return a model with two orders and a facet."""
    fields = {
        "price": DecimalField(max_digits=9, decimal_places=2),
        "score": FloatField(null=True),
        "is_sold": BooleanField(default=False),
        "creator_id": BigIntegerField(null=True),
    }
    return declare(ORDERS, fields=fields, facets=["is_sold"], name=name)


def in_parts(model: type[Model], parts: int, *, leave_out: int | None = None) -> None:
    """Create the tables of a model, its own with so many partitions; with 0 as one table."""
    table = model._meta.db_table
    with connection.schema_editor() as editor:
        for each in (model, model.rankings.delta, *(ranking.node for ranking in model.rankings.values())):
            editor.create_model(each)
    if not parts:
        return
    run(
        f"CREATE TABLE made (LIKE {table} INCLUDING ALL) PARTITION BY HASH (id)",
        f"DROP TABLE {table}",
        f"ALTER TABLE made RENAME TO {table}",
        *(
            f"CREATE TABLE {table}_{number} PARTITION OF {table} {bound(number, parts)}"
            for number in range(parts)
            if number != leave_out
        ),
    )


def bound(number: int, parts: int = NUMBER) -> str:
    """Return a partition's bound as SQL."""
    return f"FOR VALUES WITH (MODULUS {parts}, REMAINDER {number})"


def fill(model: type[Model], rows: int, *, seed: int = 1) -> None:
    """Insert random rows by one statement."""
    random = Random(seed)
    model.objects.bulk_create(
        model(
            price=Decimal(random.randrange(50)),
            score=random.choice([None, 0.5, random.random()]),
            is_sold=random.random() < 0.3,
        )
        for _ in range(rows)
    )


def drifts(model: type[Model]) -> list[str]:
    """Return the nodes of all orders that are not right."""
    return [str(drift) for ranking in model.rankings.values() for drift in verify(ranking)]


def run(*statements: str) -> None:
    """Run statements, with the constraints that wait for the end of a transaction checked first."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement)
