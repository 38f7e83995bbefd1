from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("uploads", "0003_archives")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="uploadedentry",
            name="publishes",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
