"""No migration after an app's first stops a table that is in use, and each can be interrupted and run again."""

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db.migrations import Migration, RunPython, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterUniqueTogether,
    CreateModel,
    RemoveIndex,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import (
    CASCADE,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    Field,
    FloatField,
    ForeignKey,
    GeneratedField,
    Index,
    IntegerField,
    ManyToManyField,
    OneToOneField,
    PositiveIntegerField,
    Q,
    TextField,
    UniqueConstraint,
)
from django.db.models.functions import Now, Random, Upper

from genonaut.database.online_migrations import AddIndexOnline, LimitLockWait, RemoveIndexOnline
from tests.migration_rules import mistakes

LOADER = MigrationLoader(None)


def is_ours(app: str) -> bool:
    """Return whether an app is part of this project."""
    path = Path(apps.get_app_config(app).path)
    return path.is_relative_to(settings.BASE_DIR) and "site-packages" not in path.parts


# Older than the rule about checks; databases would differ if these were changed now.
WITH_CHECKS = {
    *(("catalog", "0020_levels"), ("content", "0040_level"), ("generation", "0009_workers")),
    *(("recommendations", "0022_refresh_level"), ("users", "0020_levels")),
}
LATER = sorted(key for key in LOADER.disk_migrations if is_ours(key[0]) and not key[1].startswith("0001"))


@pytest.mark.parametrize("key", LATER, ids=".".join)
def test_a_migration_is_safe_on_a_table_in_use(key: tuple[str, str]) -> None:
    before = LOADER.project_state([key], at_end=False)
    found = mistakes(LOADER.disk_migrations[key], before)
    assert [wrong for wrong in found if key not in WITH_CHECKS or "its check" not in wrong] == []


# --- The rules themselves

NEWEST = Index("created_at", name="newest")
POSITIVE = CheckConstraint(condition=Q(seed__gte=0), name="positive")
ONE_OF_A_KIND = UniqueConstraint(fields=["title"], name="one_of_a_kind")


@pytest.fixture(scope="module")
def models() -> ProjectState:
    """The models as the migrations make them, with an index to remove."""
    state = LOADER.project_state()
    state.add_index("content", "contentitem", NEWEST)
    return state


def found_in(models: ProjectState, *operations: Operation, atomic: bool = True) -> str:
    """Return what is wrong with a migration of these operations, in one text."""
    migration = Migration("0099_sample", "content")
    migration.operations, migration.atomic = list(operations), atomic
    return "; ".join(mistakes(migration, models))


def added(field: object) -> AddField:
    return AddField("contentitem", "novel", field)


def altered(name: str, field: object) -> AlterField:
    return AlterField("contentitem", name, field)


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        (AddIndex("contentitem", Index("title", name="titles")), "use AddIndexOnline"),
        (RemoveIndex("contentitem", "newest"), "use AddIndexOnline or RemoveIndexOnline"),
        (AddIndexConcurrently("contentitem", Index("title", name="titles")), "use AddIndexOnline"),
        (RemoveIndexConcurrently("contentitem", "newest"), "RemoveIndexOnline"),
        (AddConstraint("contentitem", POSITIVE), "use AddConstraintNotValid"),
        (AddConstraint("contentitem", ONE_OF_A_KIND), "use AddConstraintNotValid"),
        (AlterUniqueTogether("contentitem", {("title", "seed")}), "builds an index under a lock"),
        (added(CharField(max_length=9, null=True, db_index=True)), "builds an index under a lock"),
        (added(IntegerField(null=True, unique=True)), "builds an index under a lock"),
        (added(ForeignKey("users.User", CASCADE, null=True)), "builds an index under a lock"),
        (added(PositiveIntegerField(db_default=0)), "its check looks at all rows"),
        (added(FloatField(db_default=Random())), "may be volatile"),
        (
            added(GeneratedField(expression=Upper("title"), output_field=TextField(), db_persist=True)),
            "rewrites the table",
        ),
        (altered("seed", BigIntegerField()), "rewrites, scans or indexes"),
        (altered("title", CharField(max_length=300, db_index=True)), "rewrites, scans or indexes"),
        (altered("title", CharField(max_length=299)), "too long"),
        (altered("quality_score", FloatField()), "NULLs"),
        (RunSQL("CREATE INDEX titles ON content_contentitem (title)"), "say CONCURRENTLY"),
        (RunSQL(["create unique\nindex titles ON content_contentitem (title)"]), "say CONCURRENTLY"),
        (RunSQL("REINDEX TABLE content_contentitem"), "say CONCURRENTLY"),
        (RunSQL([("DROP INDEX titles", None), "DROP INDEX CONCURRENTLY years"]), "say CONCURRENTLY"),
        (
            SeparateDatabaseAndState(database_operations=[AddIndex("contentitem", Index("title", name="titles"))]),
            "use AddIndexOnline",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__class__.__name__,
)
def test_what_would_stop_a_table_in_use_is_found(models: ProjectState, operation: Operation, told: str) -> None:
    assert told in found_in(models, operation)


@pytest.mark.parametrize(
    "operation",
    [
        added(IntegerField(null=True)),
        added(BooleanField(default=False)),
        added(IntegerField(db_default=3)),
        added(DateTimeField(db_default=Now())),
        altered("title", CharField(max_length=400, help_text="Longer.", blank=True)),
        altered("title", CharField(max_length=300, null=True)),
        RunSQL("ALTER TABLE content_contentitem SET (fillfactor = 90)"),
        RunSQL("CREATE UNIQUE INDEX CONCURRENTLY titles ON content_contentitem (title)"),
        RunPython(RunPython.noop),
        SeparateDatabaseAndState(state_operations=[AddIndex("contentitem", Index("title", name="titles"))]),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_costs_nothing_is_allowed(models: ProjectState, operation: Operation) -> None:
    assert found_in(models, operation) == ""


def test_a_table_that_the_migration_makes_is_free(models: ProjectState) -> None:
    table = CreateModel("Novel", [("id", BigAutoField(primary_key=True)), ("title", TextField())])
    assert found_in(models, table, AddIndex("Novel", Index(F("title"), name="novels"))) == ""


def test_indexes_are_built_outside_a_transaction(models: ProjectState) -> None:
    operations = [
        AddIndexOnline("contentitem", Index("title", name="titles")),
        RemoveIndexOnline("contentitem", "newest"),
    ]
    assert "set atomic = False" in found_in(models, *operations)
    assert found_in(models, *operations, atomic=False) == ""


def test_what_cannot_be_run_twice_is_atomic(models: ProjectState) -> None:
    assert "It is not atomic" in found_in(models, added(IntegerField(null=True)), atomic=False)
    repeatable = [RunPython(RunPython.noop), ValidateConstraint("contentitem", "positive")]
    constrained = models.clone()
    constrained.add_constraint("content", "contentitem", POSITIVE)
    assert found_in(constrained, *repeatable, atomic=False) == ""


def test_a_constraint_is_validated_in_another_migration(models: ProjectState) -> None:
    added_first, validation = (
        AddConstraintNotValid("contentitem", POSITIVE),
        ValidateConstraint("contentitem", "positive"),
    )
    assert found_in(models, LimitLockWait(), added_first) == ""
    assert "validate in another migration" in found_in(models, LimitLockWait(), added_first, validation)


def test_a_constraint_does_not_wait_long_for_its_lock(models: ProjectState) -> None:
    assert "LimitLockWait first" in found_in(models, AddConstraintNotValid("contentitem", POSITIVE))


@pytest.mark.parametrize(
    "field",
    [
        ForeignKey("users.User", CASCADE),
        ForeignKey("content.ContentItem", CASCADE, db_index=False),
        OneToOneField("users.User", CASCADE, primary_key=True),
        ManyToManyField("users.User"),
    ],
    ids=repr,
)
def test_a_reference_to_a_table_in_use_does_not_wait_long_for_its_lock(models: ProjectState, field: Field) -> None:
    table = CreateModel("Novel", [("field", field)])
    assert "LimitLockWait first" in found_in(models, table)
    assert found_in(models, LimitLockWait(), table) == ""


@pytest.mark.parametrize(
    "field",
    [
        ForeignKey("self", CASCADE),
        ForeignKey("content.Novel", CASCADE),
        ForeignKey("users.User", CASCADE, db_constraint=False),
        TextField(),
    ],
    ids=repr,
)
def test_a_new_table_that_refers_to_none_in_use_waits_for_none(models: ProjectState, field: Field) -> None:
    assert found_in(models, CreateModel("Novel", [("field", field)])) == ""


def test_a_column_that_refers_to_a_table_in_use_does_not_wait_long(models: ProjectState) -> None:
    column = added(ForeignKey("users.User", CASCADE, null=True, db_index=False))
    assert "LimitLockWait first" in found_in(models, column)
    assert found_in(models, LimitLockWait(), column) == ""
    assert (
        found_in(models, added(ForeignKey("users.User", CASCADE, null=True, db_index=False, db_constraint=False))) == ""
    )
