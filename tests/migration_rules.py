"""What a migration must not do to a table that is in use; the tests of it are in tests/test_migrations.py.

A table of 10 million rows is rewritten, scanned or indexed for minutes, and whoever wants to write to it waits as long.
"""

import re
from collections.abc import Iterator
from itertools import chain
from math import inf

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import connection
from django.db.migrations import Migration, RunSQL
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
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import IndexOperation, ModelOperation
from django.db.migrations.state import ProjectState
from django.db.models import Field, GeneratedField, Value
from django.db.models.fields import AutoFieldMixin as NumberedField
from django.db.models.functions import Now
from pgtrigger.migrations import AddTrigger, RemoveTrigger

from genonaut.database.online_migrations import AddIndexOnline, LimitLockWait, RemoveIndexOnline

ONLINE = (AddIndexOnline, RemoveIndexOnline)
# Those that change the schema and cannot be done twice, unlike data that is moved and constraints that are validated.
ONCE_ONLY = (FieldOperation, ModelOperation, IndexOperation)
# What a field says that PostgreSQL never hears of.
UNHEARD = {
    *("auto_created", "auto_now", "auto_now_add", "blank", "choices", "default", "editable", "encoder"),
    *("error_messages", "help_text", "limit_choices_to", "on_delete", "related_name", "related_query_name"),
    *("serialize", "validators", "verbose_name"),
}
LOCKING_SQL = re.compile(
    r"\b(CREATE\s+(UNIQUE\s+)?INDEX|DROP\s+INDEX|REINDEX\s+(\([^)]*\)\s*)?(TABLE|INDEX|SCHEMA))\b(?!\s+CONCURRENTLY)",
    re.IGNORECASE,
)


def mistakes(migration: Migration, before: ProjectState) -> list[str]:
    """Return what is wrong with a migration, before which the models were so. Tables that it makes itself are free."""
    state = before.clone()
    made: set[str] = set()
    found = list(mistakes_of_the_whole(migration))
    for operation in migration.operations:
        for step in steps(operation):
            if isinstance(step, CreateModel):
                made.add(step.name_lower)
            elif getattr(step, "model_name", "").lower() not in made:
                found += [f"{step.describe()}: {wrong}" for wrong in mistakes_of(step, migration.app_label, state)]
        operation.state_forwards(migration.app_label, state)
    return found


def steps(operation: Operation) -> Iterator[Operation]:
    """Yield what is done to the database."""
    if isinstance(operation, SeparateDatabaseAndState):
        yield from chain.from_iterable(map(steps, operation.database_operations))
    else:
        yield operation


def mistakes_of_the_whole(migration: Migration) -> Iterator[str]:
    """Yield what is wrong with how operations stand together."""
    done = list(chain.from_iterable(map(steps, migration.operations)))
    if migration.atomic and any(isinstance(step, ONLINE) for step in done):
        yield "It builds or drops an index online: set atomic = False."
    once_only = [step.describe() for step in done if isinstance(step, ONCE_ONLY) and not isinstance(step, ONLINE)]
    if not migration.atomic and once_only:
        yield f"It is not atomic: run again after an interruption it fails. Move to another migration: {once_only}"
    waiting = (AddTrigger, RemoveTrigger, AddConstraintNotValid)
    made = {f"{migration.app_label}.{step.name_lower}" for step in done if isinstance(step, CreateModel)} | {"self"}
    places = [place for place, step in enumerate(done) if isinstance(step, waiting) or referred(step) - made]
    if places and not any(isinstance(step, LimitLockWait) for step in done[: places[0]]):
        yield (
            "It makes or drops a trigger, a rule or a reference to a table in use, which waits for all others, and "
            "they for it: LimitLockWait first."
        )
    new = {step.constraint.name for step in done if isinstance(step, AddConstraintNotValid)}
    if new & {step.name for step in done if isinstance(step, ValidateConstraint)}:
        yield "It validates a constraint under the lock that added it: validate in another migration."


def referred(step: Operation) -> set[str]:
    """Return the labels of the models whose tables a step locks, since it makes constraints that refer to them."""
    if isinstance(step, CreateModel):
        fields = [field for _name, field in step.fields]
    else:
        fields = [step.field] if isinstance(step, AddField) else []
    ends = [(field, field.remote_field) for field in fields if field.remote_field]
    # A relation to many keeps it at its end, in a table of its own.
    bound = [end for field, end in ends if (field if hasattr(field, "db_constraint") else end).db_constraint]
    return {str(getattr(end.model, "_meta", end.model)).lower() for end in bound}


def mistakes_of(step: Operation, app: str, state: ProjectState) -> Iterator[str]:
    """Yield what is wrong with one operation on a table in use."""
    if isinstance(step, AddIndex | RemoveIndex) and not isinstance(step, ONLINE):
        yield "use AddIndexOnline or RemoveIndexOnline"
    elif isinstance(step, AddConstraint) and not (isinstance(step, AddConstraintNotValid) or is_of_nodes(step)):
        yield "use AddConstraintNotValid, and ValidateConstraint in another migration"
    elif isinstance(step, AlterUniqueTogether):
        yield "it builds an index under a lock"
    elif isinstance(step, AddField):
        yield from mistakes_of_new(step.field)
    elif isinstance(step, AlterField):
        yield from mistakes_of_changed(state.models[app, step.model_name_lower].fields[step.name], step.field)
    elif isinstance(step, RunSQL) and LOCKING_SQL.search(text_of(step.sql)):
        yield "say CONCURRENTLY"


def is_of_nodes(step: AddConstraint) -> bool:
    """Return whether a constraint is one of a ranking's nodes: few rows for each thousand of their model."""
    return step.model_name_lower.endswith("rankingnode")


def text_of(statements: str | list | tuple) -> str:
    """Return all that a RunSQL runs, in one text."""
    return statements if isinstance(statements, str) else " ".join(map(text_of, filter(None, statements)))


def mistakes_of_new(field: Field) -> Iterator[str]:
    """Yield what is wrong with a new column."""
    if field.db_index or field.unique:
        yield "it builds an index under a lock: db_index=False, and AddIndexOnline in another migration"
    if isinstance(field, NumberedField | GeneratedField):
        yield "it rewrites the table"
    if field.get_internal_type() in connection.data_type_check_constraints:
        yield "its check looks at all rows under a lock: a type without one, and AddConstraintNotValid"
    default = field.db_default
    if hasattr(default, "resolve_expression") and not isinstance(default, Value | Now):
        yield "its default may be volatile, and then it rewrites the table"


def mistakes_of_changed(old: Field, new: Field) -> Iterator[str]:
    """Yield what is wrong with a changed column: anything but what PostgreSQL does without reading the table."""
    if type(old) is not type(new) or stored(old) != stored(new):
        yield "it rewrites, scans or indexes the table under a lock"
    if old.null and not new.null:
        yield "it looks for NULLs under a lock: a CheckConstraint, validated, comes first"
    if (new.max_length or inf) < (old.max_length or inf):
        yield "it looks for texts that are too long under a lock"


def stored(field: Field) -> dict[str, object]:
    """Return the arguments of a field that concern the database; longer texts and NULLs cost nothing to allow."""
    arguments = field.deconstruct()[3]
    return {name: value for name, value in arguments.items() if name not in UNHEARD | {"null", "max_length"}}
