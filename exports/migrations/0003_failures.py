"""How often a part could not be made, and how many files a part lacks."""

from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("exports", "0002_part_works")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            "export",
            "failures",
            models.IntegerField("tries since the last part", default=0, db_default=0),
        ),
        migrations.AddField(
            "exportpart",
            "missing",
            models.IntegerField("files that it lacks", default=0, db_default=0),
        ),
    ]
