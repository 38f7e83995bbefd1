"""Which works are in a part, and which of their prompts: parts are handed out as long as these are seen."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("exports", "0001_exports")]

    operations = [
        LimitLockWait(),
        migrations.AddField("exportpart", "work_ids", ArrayField(models.BigIntegerField(), null=True, size=None)),
        migrations.AddField("exportpart", "prompt_ids", ArrayField(models.BigIntegerField(), null=True, size=None)),
    ]
