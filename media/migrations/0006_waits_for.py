"""The decoder that a content waits for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0005_libraryfile_beside")]

    operations = [
        migrations.AddField(
            "mediafile",
            "waits_for",
            models.CharField(blank=True, db_default="", default="", editable=False, max_length=20),
        ),
    ]
