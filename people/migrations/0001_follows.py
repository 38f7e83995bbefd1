"""Whom a person follows."""

import datetime

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Follow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="followers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follows",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(models.F("user"), models.F("created_at"), models.F("id"), name="follow_user_newest"),
                    models.Index(models.F("person"), name="follow_person"),
                ],
                "constraints": [
                    models.UniqueConstraint(models.F("user"), models.F("person"), name="follow_once"),
                    models.CheckConstraint(
                        condition=models.Q(("user", models.F("person")), _negated=True), name="follow_not_oneself"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "created_at__range",
                                (
                                    datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                    datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.UTC),
                                ),
                            )
                        ),
                        name="follow_time_in_calendar",
                    ),
                ],
            },
        ),
    ]
