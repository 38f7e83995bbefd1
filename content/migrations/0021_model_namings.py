"""Which creators name models how in the public works that are there: up to a hundred of each model."""

from django.db import migrations

# Works say a model, not by which of its names they do: the one that is shown is counted.
FILL = """
INSERT INTO media_modelnaming (model_id, key, creator_id)
SELECT said.model_id, model.key, said.creator_id FROM (
    SELECT model_id, creator_id, row_number() OVER (PARTITION BY model_id ORDER BY creator_id) AS number FROM (
        SELECT DISTINCT used.model_id, item.creator_id FROM content_contentitem AS item
        JOIN media_generationdata AS made ON made.id = item.generation_id
        CROSS JOIN LATERAL unnest(array_append(made.loras, made.model_id)) AS used (model_id)
        WHERE NOT item.is_private AND used.model_id IS NOT NULL
    ) AS pairs
) AS said
JOIN media_generativemodel AS model ON model.id = said.model_id
WHERE said.number <= 100
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0020_file_indexes"), ("media", "0008_model_namings")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
