"""Aliases that works refer to are models of their own again: by an alias only the works of its model are found."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper

BATCH_ROWS = 1_000
ALIASES = """
SELECT id FROM media_generativemodel WHERE alias_of_id IS NOT NULL AND id > %s ORDER BY id LIMIT %s
"""
# One look into the search index for each: with the word in the statement the planner knows how many works have it.
IS_USED = "SELECT EXISTS (SELECT 1 FROM content_contentitem WHERE search_words @@ %s::tsquery)"
SEPARATE = "UPDATE media_generativemodel SET alias_of_id = NULL WHERE id = ANY(%s)"


def separate(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Separate them in batches that are committed one by one; run again, it finds none."""
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(ALIASES, [last, BATCH_ROWS])
            aliases = [pk for (pk,) in cursor.fetchall()]
            if not aliases:
                return
            cursor.execute(SEPARATE, [[pk for pk in aliases if _is_used(cursor, pk)]])
            last = aliases[-1]


def _is_used(cursor: CursorWrapper, pk: int) -> bool:
    cursor.execute(IS_USED, [f"'=model:{pk}'"])
    return cursor.fetchone()[0]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0071_validate_moderated"), ("media", "0010_public_names")]

    operations = [migrations.RunPython(separate, migrations.RunPython.noop)]
