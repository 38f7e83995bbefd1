"""What the stored files of an account take."""

from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("media", "0010_public_names"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            "StoredBytes",
            [
                (
                    "owner",
                    models.OneToOneField(
                        settings.AUTH_USER_MODEL,
                        models.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                    ),
                ),
                ("bytes", models.BigIntegerField()),
                ("counted_at", models.DateTimeField(default=timezone.now)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(bytes__gte=0), name="stored_bytes_not_negative")
                ],
            },
        ),
    ]
