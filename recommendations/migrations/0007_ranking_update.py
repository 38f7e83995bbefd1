"""The trigger that notes updates for the rankings, so that a kept plan does for any number of rows."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("recommendations", "0006_validate_times"),
    ]

    operations = [
        LimitLockWait(),
        pgtrigger.migrations.RemoveTrigger(
            model_name="recommendation",
            name="ranking_update",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recommendation",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='\n        INSERT INTO "recommendations_recommendation_ranking_delta" (key_created_at, key_id, key_score, facet_is_served, row_count, change_count)\n        WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_key_score, old_facet_is_served, new_key_created_at, new_key_id, new_key_score, new_facet_is_served) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", past."score", past."is_served") IS DISTINCT FROM ROW(present."created_at", present."id", present."score", present."is_served"), past."created_at", past."id", past."score", past."is_served", present."created_at", present."id", present."score", present."is_served"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", past."score", past."is_served") IS DISTINCT FROM ROW(present."created_at", present."id", present."score", present."is_served") OR ROW(past."id", past."user_id", past."content_id", past."score", past."algorithm", past."is_served", past."created_at") IS DISTINCT FROM ROW(present."id", present."user_id", present."content_id", present."score", present."algorithm", present."is_served", present."created_at")\n        )\n        SELECT old_key_created_at, old_key_id, old_key_score, old_facet_is_served, -1, 1 FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at, new_key_id, new_key_score, new_facet_is_served, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, NULL::double precision, new_facet_is_served, 0, count(*) FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_is_served; RETURN NULL;',
                    hash="7c2df09a8baf8827563de551ebf4546a389d1d40",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_bca71",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="recommendations_recommendation",
                    when="AFTER",
                ),
            ),
        ),
    ]
