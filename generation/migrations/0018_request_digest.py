"""A digest of the body that asked for a job."""

from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("generation", "0017_server_choices")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="generationjob",
            name="request_digest",
            field=models.UUIDField(editable=False, null=True),
        ),
    ]
