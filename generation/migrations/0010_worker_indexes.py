"""The indexes of workers and of requests that are sent again, built while others write."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("generation", "0009_workers")]

    operations = [
        AddIndexOnline(
            "generationjob",
            models.Index(
                models.OrderBy(models.F("priority"), descending=True),
                models.F("turn"),
                models.F("id"),
                condition=models.Q(("is_paused", False), ("status", "pending")),
                name="job_next",
            ),
        ),
        AddIndexOnline(
            "generationjob",
            models.Index(
                models.F("user"),
                models.F("turn"),
                condition=models.Q(("status", "pending"), ("status", "running"), _connector="OR"),
                name="job_user_open",
            ),
        ),
        AddIndexOnline(
            "generationjob",
            models.Index(models.F("id"), condition=models.Q(("status", "running")), name="job_running"),
        ),
        AddIndexOnline(
            "generationjob",
            models.Index(
                models.F("parent"), models.F("id"), condition=models.Q(("parent__isnull", False)), name="job_parent"
            ),
        ),
        AddIndexOnline(
            "generationjob",
            models.Index(
                models.F("batch"), models.F("number"), condition=models.Q(("batch__isnull", False)), name="job_batch"
            ),
        ),
        AddIndexOnline(
            "generationjob",
            models.Index(models.F("workflow"), condition=models.Q(("workflow__isnull", False)), name="job_workflow"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                # What an interrupted build left is no index.
                migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS job_request_once", migrations.RunSQL.noop),
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY job_request_once ON generation_generationjob"
                    " (user_id, idempotency_key, number) WHERE idempotency_key IS NOT NULL",
                    "DROP INDEX CONCURRENTLY IF EXISTS job_request_once",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="generationjob",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("idempotency_key__isnull", False)),
                        fields=("user", "idempotency_key", "number"),
                        name="job_request_once",
                    ),
                ),
            ],
        ),
    ]
