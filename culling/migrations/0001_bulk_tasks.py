"""Bulk tasks and the batches of what they changed."""

import django.contrib.postgres.fields
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
            name="BulkTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("action", models.CharField(max_length=30)),
                ("value", models.CharField(blank=True, max_length=200)),
                (
                    "ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("query", models.TextField(null=True)),
                ("last_id", models.BigIntegerField(default=0)),
                ("position", models.BigIntegerField(default=0)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0, help_text="Works that it is expected to meet.")),
                ("changed", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0, help_text="Works that were so already.")),
                ("refused", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(null=True)),
                ("worked_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "undoes",
                    models.OneToOneField(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="undone_by",
                        to="culling.bulktask",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bulk_tasks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BulkBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("changes", models.JSONField()),
                ("is_undone", models.BooleanField(default=False)),
                (
                    "task",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="batches",
                        to="culling.bulktask",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="bulktask",
            index=models.Index(models.F("user"), models.F("id"), name="bulk_task_user_latest"),
        ),
        migrations.AddIndex(
            model_name="bulktask",
            index=models.Index(
                models.OrderBy(models.F("worked_at"), nulls_first=True),
                models.F("id"),
                condition=models.Q(("status__in", ("waiting", "running"))),
                name="bulk_task_unfinished",
            ),
        ),
        migrations.AddIndex(
            model_name="bulktask",
            index=models.Index(models.F("created_at"), name="bulk_task_oldest"),
        ),
        migrations.AddConstraint(
            model_name="bulktask",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["waiting", "running", "done", "cancelled", "failed"])),
                name="bulk_task_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulktask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", True), ("status__in", ("waiting", "running"))),
                    models.Q(
                        models.Q(("status__in", ("waiting", "running")), _negated=True), ("finished_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="bulk_task_ends_once",
            ),
        ),
        migrations.AddIndex(
            model_name="bulkbatch",
            index=models.Index(models.F("task"), models.F("id"), name="bulk_batch_of_task"),
        ),
    ]
