"""The migration operations that take a declared ranking into use, and out of it."""

from django.apps import apps
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Model

from genonaut.ranking.attaching import attach, detach
from genonaut.ranking.building import rebuild
from genonaut.ranking.states import forget

# The columns of a partition; ATTACH adds indexes, foreign keys, row triggers and, from PostgreSQL 17 on, identity.
LIKE = "CREATE TABLE {} (LIKE {} INCLUDING ALL EXCLUDING IDENTITY EXCLUDING INDEXES)"

# Few live rows, replaced often: cleaned by their number, to the last page, and updated within their page.
SET_STORAGE = (
    'ALTER TABLE "{}" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0,'
    " autovacuum_vacuum_threshold = 2000, vacuum_index_cleanup = on)"
)


class _OnRankings(Operation):
    """An operation on the rankings of a model as it is declared now; over another connection it does nothing."""

    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: other operations make the models."""

    def _model(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor) -> type[Model] | None:
        """Return the model; None if its rankings are written over another connection."""
        model = apps.get_model(app_label, self.model_name)
        return model if router.db_for_write(model) == schema_editor.connection.alias else None

    def _forget(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor) -> None:
        """Mark the rankings as not built."""
        model = self._model(app_label, schema_editor)
        if model is not None:
            schema_editor.execute(*forget(model.rankings))


class ForgetRankings(_OnRankings):
    """Mark all rankings of a model as not built: the first operation of a migration that changes how its table counts,
    say the type of a key. New orders, and all orders with a new facet, are not built anyway until they are counted."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Mark the rankings as not built."""
        self._forget(app_label, schema_editor)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Leave them so: the earlier counts are gone."""

    def describe(self) -> str:
        """Return the line of `migrate --plan`."""
        return f"Forget the rankings of {self.model_name}"


class BuildRankings(_OnRankings):
    """Count a model's rows for its rankings, on a live database; to be the last operation of a migration that is not
    atomic, after those that made the tables and the triggers.

    Until it is done the rankings count as not built, and nothing reads them. It may be interrupted and run again.
    """

    # `sqlmigrate` only shows: it must not count.
    reduces_to_sql = False

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Set the tables up and count."""
        model = self._model(app_label, schema_editor)
        if model is None:
            return
        tables = [model.rankings.delta, *(ranking.node for ranking in model.rankings.values())]
        if not all(is_there(schema_editor.connection, table) for table in tables):
            # The model declares more than this migration knows of: a later one makes it, and counts for both.
            return
        for table in tables:
            schema_editor.execute(SET_STORAGE.format(table._meta.db_table))
        rebuild(model.rankings)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Mark the rankings as not built."""
        self._forget(app_label, schema_editor)

    def describe(self) -> str:
        """Return the line of `migrate --plan`."""
        return f"Build the rankings of {self.model_name}"


class AttachPartition(_OnRankings):
    """Attach a partition to a ranked table that is partitioned, with its triggers, and count its rows.

    The table is made, empty and as its parent, unless it is there. `bound` is SQL: `FOR VALUES WITH (MODULUS 4,
    REMAINDER 3)`. Names are those of SQL, quoted where they have to be.
    """

    reduces_to_sql = False

    def __init__(self, model_name: str, table: str, bound: str) -> None:
        super().__init__(model_name)
        self.table, self.bound = table, bound

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Make the table unless it is there, and attach it."""
        model = self._model(app_label, schema_editor)
        if model is None:
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [self.table])
            if not cursor.fetchone()[0]:
                cursor.execute(LIKE.format(self.table, schema_editor.quote_name(model._meta.db_table)))
        attach(model.rankings, self.table, self.bound)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Detach the table, which stays with its rows."""
        model = self._model(app_label, schema_editor)
        if model is not None:
            detach(model.rankings, self.table)

    def describe(self) -> str:
        """Return the line of `migrate --plan`."""
        return f"Attach {self.table} to {self.model_name}"


def is_there(connection: BaseDatabaseWrapper, model: type[Model]) -> bool:
    """Return whether a table has all the columns that its model has by now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
            [f'"{model._meta.db_table}"'],
        )
        columns = {name for (name,) in cursor.fetchall()}
    return {field.column for field in model._meta.concrete_fields} <= columns
