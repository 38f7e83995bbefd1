"""The migration operation that counts the interactions that there are."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from content.bookkeeping import CountDelta
from genonaut.progress import Progress
from interactions.counting import ids, rebuild


class CountInteractions(Operation):
    """Counts likes, ratings and popularity of all works, with a bar. Interrupted, it goes on where it was."""

    reversible = True
    # `sqlmigrate` only shows: it must not count.
    reduces_to_sql = False

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Count."""
        if self.allow_migrate_model(schema_editor.connection.alias, CountDelta):
            first, end = ids()
            with Progress(end - first, " ids", print, label="likes of works", is_shown=end > first) as bar:
                rebuild(skip=bar.skip, advance=bar.advance)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Leave the counts."""

    def describe(self) -> str:
        """Say what `migrate --plan` shows."""
        return "Count likes, ratings and popularity"
