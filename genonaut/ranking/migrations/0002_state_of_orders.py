"""Each order gets a state of its own: those of models that are built are built."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from genonaut.ranking.operations import is_there
from genonaut.ranking.status import declared


def mark_orders(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Mark the orders of built models, as far as their tables are there."""
    states = apps.get_model("ranking", "RankingState").objects.using(schema_editor.connection.alias)
    built = states.in_bulk()
    for rankings in declared():
        state = built.get(rankings.label)
        for ranking in rankings.values():
            if state is not None and is_there(schema_editor.connection, ranking.node):
                states.get_or_create(
                    pk=ranking.built_as, defaults={"generation": state.generation, "built_at": state.built_at}
                )


class Migration(migrations.Migration):
    dependencies = [("ranking", "0001_initial")]

    operations = [migrations.RunPython(mark_orders, migrations.RunPython.noop)]
