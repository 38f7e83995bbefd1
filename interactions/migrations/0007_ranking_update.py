"""The trigger that notes updates for the rankings, so that a kept plan does for any number of rows."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0006_validate_times"),
    ]

    operations = [
        LimitLockWait(),
        pgtrigger.migrations.RemoveTrigger(
            model_name="interaction",
            name="ranking_update",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="interaction",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='\n        INSERT INTO "interactions_interaction_ranking_delta" (key_created_at, key_id, facet_kind, row_count, change_count)\n        WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_facet_kind, new_key_created_at, new_key_id, new_facet_kind) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", past."kind") IS DISTINCT FROM ROW(present."created_at", present."id", present."kind"), past."created_at", past."id", past."kind", present."created_at", present."id", present."kind"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", past."kind") IS DISTINCT FROM ROW(present."created_at", present."id", present."kind") OR ROW(past."id", past."user_id", past."content_id", past."kind", past."rating", past."comment", past."duration_seconds", past."created_at") IS DISTINCT FROM ROW(present."id", present."user_id", present."content_id", present."kind", present."rating", present."comment", present."duration_seconds", present."created_at")\n        )\n        SELECT old_key_created_at, old_key_id, old_facet_kind, -1, 1 FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at, new_key_id, new_facet_kind, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, new_facet_kind, 0, count(*) FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_kind; RETURN NULL;',
                    hash="f57931a3bb1d4612d66cbef2072960ff107fc59d",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_0f962",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="interactions_interaction",
                    when="AFTER",
                ),
            ),
        ),
    ]
