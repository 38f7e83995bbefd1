"""Adds the workflows that come with the site, generation/graphs/*.json, and updates those that staff did not change."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from generation.workflows.shipped import remove_shipped, write_shipped


def add(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write them."""
    write_shipped(apps.get_model("generation", "Workflow").objects.using(schema_editor.connection.alias))


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Delete those that staff did not change and no job refers to."""
    remove_shipped(apps.get_model("generation", "Workflow").objects.using(schema_editor.connection.alias))


class Migration(migrations.Migration):
    dependencies = [("generation", "0013_queue_storage")]

    operations = [migrations.RunPython(add, remove)]
