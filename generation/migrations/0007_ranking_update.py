"""The trigger that notes updates for the rankings, so that a kept plan does for any number of rows."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0006_validate_times"),
    ]

    operations = [
        LimitLockWait(),
        pgtrigger.migrations.RemoveTrigger(
            model_name="generationjob",
            name="ranking_update",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="generationjob",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='\n        INSERT INTO "generation_generationjob_ranking_delta" (key_created_at, key_id, facet_status, facet_job_type, row_count, change_count)\n        WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_facet_status, old_facet_job_type, new_key_created_at, new_key_id, new_facet_status, new_facet_job_type) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", past."status", past."job_type") IS DISTINCT FROM ROW(present."created_at", present."id", present."status", present."job_type"), past."created_at", past."id", past."status", past."job_type", present."created_at", present."id", present."status", present."job_type"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", past."status", past."job_type") IS DISTINCT FROM ROW(present."created_at", present."id", present."status", present."job_type") OR ROW(past."id", past."user_id", past."job_type", past."status", past."result_id", past."created_at", past."started_at", past."finished_at") IS DISTINCT FROM ROW(present."id", present."user_id", present."job_type", present."status", present."result_id", present."created_at", present."started_at", present."finished_at")\n        )\n        SELECT old_key_created_at, old_key_id, old_facet_status, old_facet_job_type, -1, 1 FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at, new_key_id, new_facet_status, new_facet_job_type, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, new_facet_status, new_facet_job_type, 0, count(*) FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_status, new_facet_job_type; RETURN NULL;',
                    hash="eb46079a5154d1be501db24db4c091c4db03c623",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_f8d0b",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="generation_generationjob",
                    when="AFTER",
                ),
            ),
        ),
    ]
