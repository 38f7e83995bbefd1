"""What moderators decided about works that are deleted."""

import datetime

import django.db.models.deletion
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import media.models
from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0081_watch_search_words"),
        ("users", "0022_names_of_tokens_and_addresses"),
    ]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="PastDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.BinaryField()),
                ("held_at", models.DateTimeField(null=True)),
                (
                    "least_level",
                    models.SmallIntegerField(
                        choices=[(0, "General"), (1, "Sensitive"), (2, "Explicit")], db_default=0, default=0
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(models.F("creator"), models.F("sha256"), name="past_decision_content")],
                "constraints": [
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(media.models.OctetLength("sha256"), 32),
                        name="past_decision_sha256_32_bytes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("held_at__isnull", False), ("least_level__gt", 0), _connector="OR"),
                        name="past_decision_says_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("least_level__in", [0, 1, 2])), name="past_decision_level_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "held_at__range",
                                (
                                    datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                    datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.UTC),
                                ),
                            )
                        ),
                        name="past_decision_in_calendar",
                    ),
                ],
            },
        ),
    ]
