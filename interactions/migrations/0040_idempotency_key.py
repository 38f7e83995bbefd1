"""The key of the request that an interaction was made by."""

from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("interactions", "0030_views_of_an_item")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            "interaction", "idempotency_key", models.CharField(editable=False, max_length=200, null=True)
        ),
    ]
