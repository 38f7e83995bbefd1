"""The migration operation that takes a declared ranking into use."""

from django.apps import apps
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Model

from genonaut.ranking.building import rebuild
from genonaut.ranking.states import forget


class ForgetRankings(Operation):
    """Mark all rankings of a model as not built: the first operation of a migration that changes how its table counts,
    say the type of a key. New orders, and all orders with a new facet, are not built anyway until they are counted."""

    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Mark the rankings as not built."""
        model = apps.get_model(app_label, self.model_name)
        if _is_ranked(schema_editor, model):
            schema_editor.execute(*forget(model.rankings))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Leave them so: what was counted before is not there any more."""

    def describe(self) -> str:
        """Say what `migrate --plan` shows."""
        return f"Forget the rankings of {self.model_name}"


def _is_ranked(schema_editor: BaseDatabaseSchemaEditor, model: type[Model]) -> bool:
    """Return whether a model's rankings are read over a connection, and not over another one."""
    return router.db_for_write(model) == schema_editor.connection.alias


def is_there(connection: BaseDatabaseWrapper, model: type[Model]) -> bool:
    """Return whether a table has all the columns that its model has by now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
            [f'"{model._meta.db_table}"'],
        )
        columns = {name for (name,) in cursor.fetchall()}
    return {field.column for field in model._meta.concrete_fields} <= columns


class BuildRankings(Operation):
    """Count a model's rows for its rankings, on a live database; to be the last operation of a migration that is not
    atomic, after those that made the tables and the triggers.

    Until it is done the rankings count as not built, and nothing reads them. It may be interrupted and run again.
    """

    reversible = True
    # `sqlmigrate` only shows: it must not count.
    reduces_to_sql = False

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: the models are made by operations of their own."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Set the tables up and count."""
        model = apps.get_model(app_label, self.model_name)
        if not _is_ranked(schema_editor, model):
            return
        tables = [model.rankings.delta, *(ranking.node for ranking in model.rankings.values())]
        if not all(is_there(schema_editor.connection, table) for table in tables):
            # The model declares more than this migration knows of: the later one that makes it counts for both.
            return
        for table in tables:
            # Few live rows, replaced often: cleaned by their number, to the last page, and updated within their page.
            schema_editor.execute(
                f'ALTER TABLE "{table._meta.db_table}" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0,'
                " autovacuum_vacuum_threshold = 2000, vacuum_index_cleanup = on)"
            )
        rebuild(model.rankings)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Mark the rankings as not built."""
        model = apps.get_model(app_label, self.model_name)
        if _is_ranked(schema_editor, model):
            schema_editor.execute(*forget(model.rankings))

    def describe(self) -> str:
        """Say what `migrate --plan` shows."""
        return f"Build the rankings of {self.model_name}"
