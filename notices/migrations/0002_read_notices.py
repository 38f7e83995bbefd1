"""The index of the notices that were read."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("notices", "0001_notices")]

    operations = [
        AddIndexOnline(
            "notice",
            models.Index(
                models.F("user"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("read_at__isnull", False)),
                name="notice_user_read",
            ),
        ),
    ]
