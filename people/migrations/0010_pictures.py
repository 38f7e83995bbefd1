"""Uploaded pictures of people."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_follows"),
        ("users", "0013_tokens_and_sessions"),
    ]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="Picture",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("version", models.CharField(max_length=16)),
                ("small", models.BinaryField()),
                ("large", models.BinaryField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
    ]
