"""Videos that came while PyAV was missing, and the index of what waits for a decoder. A scan; few rows are written."""

from django.db import migrations
from django.db.models import Index, Q

from genonaut.database.online_migrations import AddIndexOnline

MARK = """
UPDATE media_mediafile SET waits_for = 'av'
WHERE picture_error = 'is a video, and PyAV (pip install av) is not installed' AND waits_for = ''
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("media", "0006_waits_for")]

    operations = [
        AddIndexOnline("mediafile", Index("id", condition=~Q(waits_for=""), name="media_file_waits_for")),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
    ]
