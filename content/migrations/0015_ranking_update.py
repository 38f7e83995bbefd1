"""The trigger that notes updates for the rankings, so that a kept plan does for any number of rows."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0014_remove_search_vector"),
    ]

    operations = [
        LimitLockWait(),
        pgtrigger.migrations.RemoveTrigger(
            model_name="contentitem",
            name="ranking_update",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contentitem",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='\n        INSERT INTO "content_contentitem_ranking_delta" (key_created_at, key_id, key_quality_score, facet_source, facet_content_type, facet_is_private, row_count, change_count)\n        WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_key_quality_score, old_facet_source, old_facet_content_type, old_facet_is_private, new_key_created_at, new_key_id, new_key_quality_score, new_facet_source, new_facet_content_type, new_facet_is_private) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private") IS DISTINCT FROM ROW(present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private"), past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private", present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private") IS DISTINCT FROM ROW(present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private") OR ROW(past."id", past."title", past."content_type", past."source", past."creator_id", past."prompt", past."data", past."metadata", past."tags", past."quality_score", past."is_private", past."seed", past."source_id", past."created_at") IS DISTINCT FROM ROW(present."id", present."title", present."content_type", present."source", present."creator_id", present."prompt", present."data", present."metadata", present."tags", present."quality_score", present."is_private", present."seed", present."source_id", present."created_at")\n        )\n        SELECT old_key_created_at, old_key_id, old_key_quality_score, old_facet_source, old_facet_content_type, old_facet_is_private, -1, 1 FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at, new_key_id, new_key_quality_score, new_facet_source, new_facet_content_type, new_facet_is_private, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, NULL::double precision, new_facet_source, new_facet_content_type, new_facet_is_private, 0, count(*) FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_source, new_facet_content_type, new_facet_is_private; RETURN NULL;',
                    hash="e1124f84440e1beeb1db7531a0e5c6de7d334dbe",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_840e0",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="content_contentitem",
                    when="AFTER",
                ),
            ),
        ),
    ]
