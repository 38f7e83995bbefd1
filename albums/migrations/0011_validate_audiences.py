"""Looks at all items once, and writes the audiences of works whose level was set before 0010."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

# Few: levels are younger than 0010 by the time that its migrations take.
CATCH_UP = """
UPDATE albums_albumitem AS item SET audience = albums_audience_of(work, album.owner_id)
FROM content_contentitem AS work, albums_album AS album
WHERE work.level > 0 AND item.content_id = work.id AND album.id = item.album_id
    AND item.audience <> albums_audience_of(work, album.owner_id)
"""


class Migration(migrations.Migration):
    dependencies = [("albums", "0010_levels")]

    operations = [
        ValidateConstraint(model_name="albumitem", name="albumitem_audience_known"),
        migrations.RunSQL(CATCH_UP, migrations.RunSQL.noop),
    ]
