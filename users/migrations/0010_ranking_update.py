"""The trigger that notes updates for the rankings, so that a kept plan does for any number of rows."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0009_search_index"),
    ]

    operations = [
        LimitLockWait(),
        pgtrigger.migrations.RemoveTrigger(
            model_name="user",
            name="ranking_update",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='\n        INSERT INTO "users_user_ranking_delta" (key_created_at, key_id, key_username, facet_is_active, facet_is_staff, row_count, change_count)\n        WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_key_username, old_facet_is_active, old_facet_is_staff, new_key_created_at, new_key_id, new_key_username, new_facet_is_active, new_facet_is_staff) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", past."username", past."is_active", past."is_staff") IS DISTINCT FROM ROW(present."created_at", present."id", present."username", present."is_active", present."is_staff"), past."created_at", past."id", past."username", past."is_active", past."is_staff", present."created_at", present."id", present."username", present."is_active", present."is_staff"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", past."username", past."is_active", past."is_staff") IS DISTINCT FROM ROW(present."created_at", present."id", present."username", present."is_active", present."is_staff") OR ROW(past."id", past."username", past."is_staff", past."is_active", past."name", past."email", past."created_at") IS DISTINCT FROM ROW(present."id", present."username", present."is_staff", present."is_active", present."name", present."email", present."created_at")\n        )\n        SELECT old_key_created_at, old_key_id, old_key_username, old_facet_is_active, old_facet_is_staff, -1, 1 FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at, new_key_id, new_key_username, new_facet_is_active, new_facet_is_staff, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, NULL::varchar(150), new_facet_is_active, new_facet_is_staff, 0, count(*) FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_is_active, new_facet_is_staff; RETURN NULL;',
                    hash="26e82bb971665883885d7c32a626edae20e55bf2",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_43a59",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="users_user",
                    when="AFTER",
                ),
            ),
        ),
    ]
