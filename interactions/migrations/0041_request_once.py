"""A user's request of a key is recorded once: a unique index, built while others write."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("interactions", "0040_idempotency_key")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                # What an interrupted build left is no index.
                migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS interaction_request_once", migrations.RunSQL.noop),
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY interaction_request_once ON interactions_interaction"
                    " (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL",
                    "DROP INDEX CONCURRENTLY IF EXISTS interaction_request_once",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="interaction",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("idempotency_key__isnull", False)),
                        fields=("user", "idempotency_key"),
                        name="interaction_request_once",
                    ),
                ),
            ],
        ),
    ]
