"""Which creators name models how in the public works that are there: up to about a hundred of each model."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from genonaut.progress import Progress

BATCH_IDS = 50_000
ENDS = "SELECT min(id), max(id) FROM content_contentitem"
# Works say a model, not by which of its names they do: the one that is shown is counted.
FILL = """
INSERT INTO media_modelnaming (model_id, key, creator_id)
SELECT said.model_id, model.key, said.creator_id FROM (
    SELECT model_id, creator_id, row_number() OVER (PARTITION BY model_id ORDER BY creator_id) AS number FROM (
        SELECT DISTINCT used.model_id, item.creator_id FROM content_contentitem AS item
        JOIN media_generationdata AS made ON made.id = item.generation_id
        CROSS JOIN LATERAL unnest(array_append(made.loras, made.model_id)) AS used (model_id)
        WHERE item.id >= %s AND item.id < %s AND NOT item.is_private AND used.model_id IS NOT NULL
    ) AS pairs
) AS said
JOIN media_generativemodel AS model ON model.id = said.model_id
WHERE said.number <= 100 AND (
    SELECT count(*) FROM (SELECT 1 FROM media_modelnaming AS naming WHERE naming.model_id = model.id LIMIT 100) AS counted
) < 100
ON CONFLICT DO NOTHING
"""


def count_namings(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Count in batches that are committed one by one; run again, it counts nothing twice."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(ENDS)
        first, last = cursor.fetchone()
        if first is None:
            return
        with Progress(last - first + 1, " ids", print, label="media_modelnaming") as bar:
            for start in range(first, last + 1, BATCH_IDS):
                cursor.execute(FILL, [start, start + BATCH_IDS])
                bar.advance(min(BATCH_IDS, last + 1 - start))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0020_file_indexes"), ("media", "0008_model_namings")]

    operations = [migrations.RunPython(count_namings, migrations.RunPython.noop)]
