"""Let tasks of chosen works remember how many of them are done, where they remembered the last one's id."""

from django.db import migrations

# Few rows, found by `bulk_task_unfinished`: what a request could not end at once.
FORWARDS = """
    UPDATE culling_bulktask SET position = (SELECT count(*) FROM unnest(ids) AS done (id) WHERE done.id <= position)
    WHERE query IS NULL AND undoes_id IS NULL AND status IN ('waiting', 'running')
"""
BACKWARDS = """
    UPDATE culling_bulktask SET position = coalesce(ids[position], 0)
    WHERE query IS NULL AND undoes_id IS NULL AND status IN ('waiting', 'running')
"""


class Migration(migrations.Migration):
    dependencies = [("culling", "0001_bulk_tasks")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
