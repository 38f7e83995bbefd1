"""Index operations for migrations of a live table: writes go on, and `migrate` can be interrupted and run again.

    class Migration(migrations.Migration):
        atomic = False
        operations = [AddIndexOnline("contentitem", Index("created_at", "id", name="content_newest"))]

A migration that is not atomic keeps what it did before it was interrupted. Django's own operation then finds the index
there, whole or invalid, and fails on its name for ever after.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Table
from django.db.migrations.operations import RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Index, Model
from psycopg import sql

from genonaut.database.index_builds import drop_index, find_index, shape, wait_for_builds
from genonaut.database.partitioned_indexes import OtherIndexError, add_in_parts, is_partitioned, remove_in_parts
from genonaut.progress import Progress

PROBE = "index_probe"
# Of FillColumn: the ids to look at, where the next batch begins, and a batch.
FILL = (
    "SELECT min({pk}), max({pk}) FROM {table} WHERE {is_stale}",
    "SELECT {pk} FROM {table} WHERE {pk} >= %s ORDER BY {pk} OFFSET %s LIMIT 1",
    "UPDATE {table} SET {column} = NULL WHERE ({is_stale}) AND {pk} >= %s AND {pk} < %s",
)


class LimitLockWait(RunSQL):
    """Lets the rest of an atomic migration wait for locks for a short while only.

    A session that waits for a lock on a table holds up all that come later: behind one long transaction a trigger that
    is being made would stop the site. The migration fails instead, having changed nothing, and is run again.
    """

    SECONDS = 3

    def __init__(self) -> None:
        limit = f"SET LOCAL lock_timeout = '{self.SECONDS}s'"
        super().__init__(limit, limit)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return how it is made."""
        return type(self).__name__, [], {}


class FillColumn(Operation):
    """Has a trigger write a column that is NULL or `stale`, in batches of rows that are committed one by one.

    `stale` is a condition in SQL, which no row meets that the trigger wrote. The trigger has to fire on an update that
    leaves the column NULL. Interrupted, it goes on where it was.
    """

    reversible = True
    # `sqlmigrate` only shows: it must not write.
    reduces_to_sql = False
    BATCH_ROWS = 5_000

    def __init__(self, model_name: str, column: str, stale: str = "") -> None:
        self.model_name, self.column, self.stale = model_name, column, stale

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Fill the rows that there are; those that come meanwhile are filled by their own insert."""
        connection, model = schema_editor.connection, to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(connection.alias, model):
            return
        names = {"table": model._meta.db_table, "column": self.column, "pk": model._meta.pk.column}
        parts: dict[str, sql.Composable] = {part: sql.Identifier(name) for part, name in names.items()}
        parts["is_stale"] = sql.SQL(self.stale) if self.stale else sql.SQL("{column} IS NULL").format(**parts)
        ends, ahead, update = (sql.SQL(statement).format(**parts) for statement in FILL)
        with connection.cursor() as cursor:
            cursor.execute(ends)
            first, last = cursor.fetchone()
            if first is None:
                return
            with Progress(last - first + 1, " ids", print, label=f"{model._meta.db_table}.{self.column}") as bar:
                while first <= last:
                    cursor.execute(ahead, [first, self.BATCH_ROWS])
                    row = cursor.fetchone()
                    end = min(row[0] if row else last + 1, last + 1)
                    cursor.execute(update, [first, end])
                    bar.advance(end - first)
                    first = end

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Leave it filled."""

    def describe(self) -> str:
        """Say what `migrate --plan` shows."""
        return f"Fill {self.column} of {self.model_name}"


class AddIndexOnline(AddIndexConcurrently):
    """Adds an index beside reads and writes; what an interrupted run left invalid is built again, a whole one kept.

    On a partitioned table it is built in parts.
    """

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Build the index."""
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            add_index(schema_editor, model, self.index)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Remove the index, in parts from a partitioned table."""
        model = from_state.apps.get_model(app_label, self.model_name)
        if not removed_in_parts(self, schema_editor, model, self.index.name):
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class RemoveIndexOnline(RemoveIndexConcurrently):
    """Removes an index beside reads and writes. Django's own can be repeated, but not its way back, which builds it."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Remove the index, in parts from a partitioned table."""
        model = from_state.apps.get_model(app_label, self.model_name)
        if not removed_in_parts(self, schema_editor, model, self.name):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Build the index again."""
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            index = to_state.models[app_label, self.model_name_lower].get_index_by_name(self.name)
            add_index(schema_editor, model, index)


def add_index(schema_editor: BaseDatabaseSchemaEditor, model: type[Model], index: Index) -> None:
    """Build an index, whatever an interrupted run left of it. Raises OtherIndexError."""
    table, connection = schema_editor.quote_name(model._meta.db_table), schema_editor.connection
    if schema_editor.collect_sql:  # sqlmigrate only asks for the statement
        schema_editor.add_index(model, index, concurrently=True)
    elif is_partitioned(connection, table):
        add_in_parts(connection, table, index.name, definition(schema_editor, model, index))
    elif not is_built(schema_editor, model, index):
        schema_editor.add_index(model, index, concurrently=True)


def removed_in_parts(
    operation: Operation, schema_editor: BaseDatabaseSchemaEditor, model: type[Model], name: str
) -> bool:
    """Remove an index of a partitioned table; return whether the table is one."""
    table, connection = schema_editor.quote_name(model._meta.db_table), schema_editor.connection
    if (
        schema_editor.collect_sql
        or not operation.allow_migrate_model(connection.alias, model)
        or not is_partitioned(connection, table)
    ):
        return False
    operation._ensure_not_in_transaction(schema_editor)
    remove_in_parts(connection, table, name)
    return True


def is_built(schema_editor: BaseDatabaseSchemaEditor, model: type[Model], index: Index) -> bool:
    """Return whether the index is there, whole; an invalid one is dropped. Raises OtherIndexError.

    A server goes on with the build of a process that was killed: it is waited for, and its index taken.
    """
    connection, table = schema_editor.connection, model._meta.db_table
    wait_for_builds(connection, schema_editor.quote_name(table))
    found = find_index(connection, schema_editor.quote_name(table), index.name)
    if found is None:
        return False
    if not found.is_valid:
        drop_index(connection, found.schema, index.name)
        return False
    expected = definition(schema_editor, model, index)
    if found.definition != expected:
        raise OtherIndexError(f"{index.name} exists as {found.definition}; this migration's is {expected}.")
    return True


def definition(schema_editor: BaseDatabaseSchemaEditor, model: type[Model], index: Index) -> str:
    """Return an index's definition as PostgreSQL writes it, method and all that follows: made on an empty table."""
    connection = schema_editor.connection
    statement = index.create_sql(model, schema_editor)
    statement.parts["table"] = Table(PROBE, schema_editor.quote_name)
    like, name = schema_editor.quote_name(model._meta.db_table), schema_editor.quote_name(index.name)
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {PROBE} (LIKE {like}) ON COMMIT DROP")
        cursor.execute(str(statement))
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [f"pg_temp.{name}"])
        return shape(cursor.fetchone()[0])
