"""Deletions in batches, and the counter of tries: its table is UNLOGGED, as nothing in it is worth a write-ahead log."""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("genonaut", "0002_switches_of_the_gallery"),
    ]

    operations = [
        migrations.CreateModel(
            name="Deletion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "target",
                    models.CharField(
                        editable=False, help_text="A model's label, as users.User.", max_length=100, verbose_name="what"
                    ),
                ),
                ("row_id", models.BigIntegerField(editable=False, verbose_name="id")),
                (
                    "relation",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="The relation whose rows go; empty where the row goes.",
                        max_length=100,
                    ),
                ),
                ("deleted", models.JSONField(default=dict, editable=False)),
                ("changed", models.JSONField(default=dict, editable=False)),
                (
                    "requested_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("worked_at", models.DateTimeField(editable=False, null=True)),
                ("finished_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("worked_at"),
                        models.F("id"),
                        condition=models.Q(("finished_at__isnull", True)),
                        name="deletion_unfinished",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("target"),
                        models.F("row_id"),
                        models.F("relation"),
                        condition=models.Q(("finished_at__isnull", True)),
                        name="deletion_once_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tries",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("times", django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None)),
                ("refused", models.IntegerField(default=0)),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(models.F("expires_at"), name="tries_expired")],
            },
        ),
        migrations.RunSQL('ALTER TABLE "genonaut_tries" SET UNLOGGED', 'ALTER TABLE "genonaut_tries" SET LOGGED'),
    ]
