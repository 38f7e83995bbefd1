"""Merges that people asked for and that are not done yet."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0084_fill_words_of_texts"),
        ("interactions", "0041_request_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="Merging",
            fields=[
                (
                    "other",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="content.contentitem",
                    ),
                ),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="content.contentitem"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("other", models.F("kept")), _negated=True), name="merging_into_another"
                    )
                ],
            },
        ),
    ]
