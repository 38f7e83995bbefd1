"""An index of each creator's works, public and private, beside a live table."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0008_validate_generation_seed")]

    operations = [
        AddIndexOnline(
            "contentitem",
            models.Index(models.F("creator"), condition=models.Q(("creator__isnull", False)), name="content_creator"),
        ),
    ]
