"""How many files of a job were left out."""

from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("generation", "0015_automatic_works")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="generationjob",
            name="left_out",
            # Without a CHECK, for which a positive integer would look at all rows under the lock.
            field=models.SmallIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
