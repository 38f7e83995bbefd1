"""What is not counted as it is declared now is not read: orders and facets that came later, migrations half way."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import BooleanField, Model

from genonaut.ranking import (
    BuildRankings,
    ForgetRankings,
    NotBuiltError,
    RankingState,
    built,
    compact,
    reading,
    rebuild,
    verify,
)
from genonaut.ranking.status import status
from tests.ranking.items import RANKINGS, TABLE, make_items, rank_query
from tests.ranking.ranked.models import Item
from tests.ranking.samples import PRICE, chosen, create, declare, install_triggers

FIELDS = {**PRICE, "is_sold": BooleanField(default=False)}
BY_PRICE = {"price": ("price", "id")}
NODE = RANKINGS["newest"].node._meta.db_table
ORDERS = set(RANKINGS)
STATES = RankingState._meta.db_table


def fill(model: type[Model], number: int) -> None:
    """Insert some rows."""
    model.objects.bulk_create(model(price=price % 7) for price in range(number))


# --- Orders and facets that come later


@pytest.mark.parametrize("is_compacted", [False, True])
def test_a_later_order_is_not_read_until_it_is_built(db: None, small_leaves: None, is_compacted: bool) -> None:
    before = declare(BY_PRICE, fields=FIELDS)
    create(before)
    fill(before, 30)
    if is_compacted:
        compact(before.rankings)
    model = declare({"oldest": ("id",), **BY_PRICE}, fields=FIELDS)
    with connection.schema_editor() as editor:
        editor.create_model(model.rankings["oldest"].node)
    install_triggers(model)
    fill(model, 10)
    assert compact(model.rankings).deltas == (10 if is_compacted else 40)
    with pytest.raises(NotBuiltError):
        reading.totals(chosen(model, "oldest"))
    assert reading.version(model.rankings["oldest"], {}) is None
    assert reading.totals(chosen(model, "price")).total == 40
    assert reading.version(model.rankings["price"], {}) is not None
    assert (built(model.rankings), verify(model.rankings["price"])) == ({"price"}, [])
    assert {state.ranking.name: state.generation is None for state in status(model.rankings)} == {
        "oldest": True,
        "price": False,
    }
    rebuild(model.rankings, ["price"])
    assert built(model.rankings) == {"price"}
    rebuild(model.rankings, ["oldest"])
    assert built(model.rankings) == {"oldest", "price"}
    assert reading.totals(chosen(model, "oldest")).total == 40
    assert [verify(ranking) for ranking in model.rankings.values()] == [[], []]


def test_a_later_facet_makes_every_order_unread_until_it_is_built(db: None) -> None:
    before = declare(BY_PRICE, fields=FIELDS)
    create(before)
    model = declare(BY_PRICE, fields=FIELDS, facets=["is_sold"])
    assert built(before.rankings) == {"price"}
    assert built(model.rankings) == set()


def test_when_everything_is_emptied_at_once_every_order_is_right(db: None) -> None:
    make_items(5)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {TABLE}, {STATES} CASCADE")
    make_items(3)
    assert built(RANKINGS) == ORDERS
    assert reading.totals(rank_query("best", {})).total == 3


def test_to_rebuild_one_order_leaves_the_others_built(db: None) -> None:
    RankingState.objects.exclude(model=RANKINGS.label).delete()  # as TRUNCATE of everything leaves it
    make_items(4)
    rebuild(RANKINGS, ["newest"])
    assert built(RANKINGS) == ORDERS
    assert [reading.totals(rank_query(name, {})).total for name in RANKINGS] == [4] * len(ORDERS)


def test_the_command_tells_which_orders_are_not_built(db: None) -> None:
    forget()
    rebuild(RANKINGS, ["best"])
    with pytest.raises(CommandError, match=r"ranked\.Item\.newest is not built") as error:
        call_command("rankings", "verify", "ranked.Item", stdout=StringIO())
    assert "best is not built" not in str(error.value)


# --- The operations of migrations


def forget(way: str = "database_forwards") -> None:
    """Run ForgetRankings."""
    run(ForgetRankings("item"), way)


def run(operation: BuildRankings | ForgetRankings, way: str = "database_forwards") -> None:
    """Run an operation as a migration that is not atomic does."""
    with connection.schema_editor(atomic=False) as editor:
        getattr(operation, way)("ranked", editor, None, None)


def test_what_is_forgotten_is_not_read_until_it_is_built(db: None) -> None:
    make_items(5)
    forget()
    with pytest.raises(NotBuiltError):
        reading.totals(rank_query("newest", {}))
    forget("database_backwards")
    assert built(RANKINGS) == set()
    run(BuildRankings("item"))
    assert (built(RANKINGS), reading.totals(rank_query("newest", {})).total) == (ORDERS, 5)
    run(BuildRankings("item"), "database_backwards")
    assert built(RANKINGS) == set()


def test_a_build_that_fails_half_way_is_run_again(db: None) -> None:
    make_items(5)
    forget()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {NODE} ADD CONSTRAINT nothing CHECK (row_count < 0) NOT VALID")
    with pytest.raises(IntegrityError, match="nothing"):
        run(BuildRankings("item"))
    assert built(RANKINGS) == set()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {NODE} DROP CONSTRAINT nothing")
    for _ in range(2):
        run(BuildRankings("item"))
        assert (built(RANKINGS), reading.totals(rank_query("newest", {})).total) == (ORDERS, 5)


@pytest.mark.parametrize("missing", [f"ALTER TABLE {NODE} RENAME TO away", f"ALTER TABLE {NODE} DROP key_created_at"])
def test_what_a_later_migration_makes_is_built_there(db: None, missing: str) -> None:
    forget()
    with connection.cursor() as cursor:
        cursor.execute(missing)
    run(BuildRankings("item"))
    assert built(RANKINGS) == set()


@pytest.mark.parametrize("operation", [BuildRankings, ForgetRankings])
@pytest.mark.parametrize("way", ["database_forwards", "database_backwards"])
def test_over_another_connection_nothing_is_done(
    db: None, operation: type, way: str, settings: object, django_assert_num_queries: Callable
) -> None:
    settings.DATABASE_ROUTERS = [Elsewhere()]
    with django_assert_num_queries(0):
        run(operation("item"), way)


class Elsewhere:
    """Keeps items in another database."""

    def db_for_write(self, model: type[Model], **_hints: object) -> str | None:
        """Name that database."""
        return "elsewhere" if model is Item else None


def test_sqlmigrate_counts_nothing(db: None) -> None:
    make_items(5)
    generation = status(RANKINGS)[0].generation
    for arguments in ([], ["--backwards"]):
        out = StringIO()
        call_command("sqlmigrate", "ranked", "0002", *arguments, stdout=out)
        assert "CANNOT BE WRITTEN AS SQL" in out.getvalue()
    assert (status(RANKINGS)[0].generation, status(RANKINGS)[0].pending) == (generation, 5)


def test_a_faked_build_is_none(db: None) -> None:
    make_items(5)
    MigrationRecorder.Migration.objects.filter(app="ranked", name__gte="0002").delete()
    forget()
    call_command("migrate", "ranked", "0002", "--fake", verbosity=0)
    with pytest.raises(NotBuiltError):
        reading.totals(rank_query("newest", {}))
    call_command("rankings", "rebuild", "ranked.Item", verbosity=0)
    assert reading.totals(rank_query("newest", {})).total == 5


def test_orders_that_were_built_before_they_had_states_of_their_own_stay_built(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {STATES} WHERE strpos(model, ':') > 0")
    MigrationRecorder.Migration.objects.filter(app="ranking", name="0002_state_of_orders").delete()
    call_command("migrate", "ranking", verbosity=0)
    assert built(RANKINGS) == ORDERS
    assert RankingState.objects.filter(pk__in=[ranking.built_as for ranking in RANKINGS.values()]).count() == 2


# --- Writers with a search path of their own


@pytest.mark.parametrize("path", ["''", "pg_catalog", "elsewhere"])
def test_a_writer_that_does_not_find_the_tables_fails(db: None, path: str) -> None:
    make_items(5)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"SET LOCAL search_path = {path}")
        for write in ("DELETE FROM", "TRUNCATE", "UPDATE"):
            rest = "SET is_private = NOT is_private" if write == "UPDATE" else ""
            cascade = "CASCADE" if write == "TRUNCATE" else ""
            with pytest.raises(ProgrammingError, match="does not exist"), transaction.atomic():
                cursor.execute(f"{write} public.{TABLE} {rest} {cascade}")
        cursor.execute("SET LOCAL search_path = public")
    assert reading.totals(rank_query("newest", {})).total == 5
    assert [verify(ranking) for ranking in RANKINGS.values()] == [[], []]
