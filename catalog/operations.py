"""The migration operation that counts all works."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from catalog.counting import ids, rebuild
from catalog.models import Tag
from genonaut.progress import Progress


class CountWorks(Operation):
    """Counts all public works by tag, creator and model, with a bar. Interrupted, it is run again from the start."""

    reversible = True
    # `sqlmigrate` only shows: it must not count.
    reduces_to_sql = False

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Count."""
        if self.allow_migrate_model(schema_editor.connection.alias, Tag):
            first, end = ids()
            with Progress(end - first, " ids", print, label="works by tag", is_shown=end > first) as bar:
                rebuild(advance=bar.advance)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Leave the counts."""

    def describe(self) -> str:
        """Say what `migrate --plan` shows."""
        return "Count works by tag, creator and model"
