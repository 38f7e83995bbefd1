"""Looks at all jobs once, and puts those that waited before there was a worker behind those that are asked for now."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BATCH_ROWS = 5_000
LATER = -1


def put_behind(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Lower the priority of jobs that are open, in batches that are committed one by one."""
    jobs = apps.get_model("generation", "GenerationJob").objects.using(schema_editor.connection.alias)
    waiting = jobs.filter(status__in=("pending", "running"), priority=0)
    while keys := list(waiting.values_list("pk", flat=True)[:BATCH_ROWS]):
        jobs.filter(pk__in=keys).update(priority=LATER)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("generation", "0010_worker_indexes")]

    operations = [
        ValidateConstraint(model_name="generationjob", name="job_attempt_only_while_running"),
        ValidateConstraint(model_name="generationjob", name="job_paused_only_while_pending"),
        migrations.RunPython(put_behind, migrations.RunPython.noop),
    ]
