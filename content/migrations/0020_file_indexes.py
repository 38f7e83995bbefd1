"""The indexes of works by file, generation data and library."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0019_files")]

    operations = [
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("media_file"), condition=models.Q(("media_file__isnull", False)), name="content_media_file"
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("generation"), condition=models.Q(("generation__isnull", False)), name="content_generation"
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(models.F("library"), condition=models.Q(("library__isnull", False)), name="content_library"),
        ),
    ]
