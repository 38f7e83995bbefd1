"""The level of works up to which a user's recommendations were made; general, until they are made again."""

from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0021_validate_near_pictures")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="refresh", name="level", field=models.PositiveSmallIntegerField(db_default=0, default=0)
        ),
    ]
