"""Wishes that all notices are read."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0003_thread_answers"),
        ("users", "0022_names_of_tokens_and_addresses"),
    ]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="ReadAll",
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
                ("before", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "before__range",
                                (
                                    datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                    datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.UTC),
                                ),
                            )
                        ),
                        name="notice_read_all_in_calendar",
                    )
                ],
            },
        ),
    ]
