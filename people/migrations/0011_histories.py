"""Histories that are being cleared."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0010_pictures"),
        ("users", "0013_tokens_and_sessions"),
    ]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="HistoryClearing",
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
                        name="history_clearing_in_calendar",
                    )
                ],
            },
        ),
    ]
