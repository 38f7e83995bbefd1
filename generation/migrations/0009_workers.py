"""What workers need: attempts, outputs, workflows and turns.

No row is written: all columns have defaults, the indexes come in 0010, 0011 looks at the rules.
"""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0023_large_statements"),
        ("generation", "0008_large_statements"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("worker", models.CharField(max_length=200)),
                ("backend", models.CharField(blank=True, max_length=300)),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("sent_at", models.DateTimeField(null=True)),
                ("heartbeat_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("fraction", models.FloatField(null=True)),
                ("position", models.PositiveSmallIntegerField(null=True)),
                ("preview", models.BinaryField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="JobOutput",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Workflow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.SlugField(help_text="Its name in addresses and requests.", max_length=60, unique=True)),
                ("title", models.CharField(max_length=100)),
                ("description", models.TextField(blank=True)),
                (
                    "output_type",
                    models.CharField(
                        choices=[("text", "Text"), ("image", "Image"), ("video", "Video"), ("audio", "Audio")],
                        default="image",
                        max_length=5,
                        verbose_name="makes",
                    ),
                ),
                ("graph", models.JSONField(help_text="As ComfyUI exports it: Export (API).")),
                ("inputs", models.JSONField(default=list)),
                ("is_active", models.BooleanField(default=True, verbose_name="offered")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="generationjob",
            name="ranking_update",
        ),
        migrations.AddField(
            model_name="generationjob",
            name="attempt_key",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="batch",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="idempotency_key",
            field=models.CharField(editable=False, max_length=200, null=True),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="is_automatic",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="is_paused",
            field=models.BooleanField(db_default=False, default=False, verbose_name="paused"),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="negative_prompt",
            field=models.TextField(blank=True, db_default="", max_length=10000),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="number",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="The work that this one is to be a variant of.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="variant_jobs",
                to="content.contentitem",
            ),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="priority",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="publishes",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="turn",
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="generationjob",
            trigger=pgtrigger.compiler.Trigger(
                name="job_transitions",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{pending:running,pending:cancelled,pending:failed,running:pending,running:completed,running:failed,running:cancelled}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="ffe307f63c40e117358b8be8dc5cb2ad4b55627f",
                    operation="UPDATE",
                    pgid="pgtrigger_job_transitions_10229",
                    table="generation_generationjob",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="generationjob",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE is_alone boolean := false; large_rows int;",
                    func='\n    large_rows := coalesce(nullif(current_setting(\'rank_index.large_statement_rows\', true), \'\'), \'10000\')::int;\n    IF current_setting(\'transaction_isolation\') = \'read committed\'\n    AND EXISTS (SELECT FROM new_rows OFFSET large_rows - 1) THEN\n        FOR attempt IN 1..20 LOOP\n            BEGIN\n                LOCK TABLE "generation_generationjob_ranking_delta" IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;\n                is_alone := true;\n                EXIT;\n            EXCEPTION\n                WHEN lock_not_available THEN PERFORM pg_sleep(0.1);\n                WHEN insufficient_privilege THEN EXIT;\n            END;\n        END LOOP;\n    END IF; IF is_alone THEN \n        WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_facet_status, old_facet_job_type, new_key_created_at, new_key_id, new_facet_status, new_facet_job_type) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", past."status", past."job_type") IS DISTINCT FROM ROW(present."created_at", present."id", present."status", present."job_type"), past."created_at", past."id", past."status", past."job_type", present."created_at", present."id", present."status", present."job_type"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", past."status", past."job_type") IS DISTINCT FROM ROW(present."created_at", present."id", present."status", present."job_type") OR ROW(past."id", past."user_id", past."job_type", past."status", past."result_id", past."is_paused", past."created_at", past."started_at", past."finished_at") IS DISTINCT FROM ROW(present."id", present."user_id", present."job_type", present."status", present."result_id", present."is_paused", present."created_at", present."started_at", present."finished_at")\n        ), whole_change AS MATERIALIZED (\n        SELECT facet_status, facet_job_type, sum(row_count) AS row_count, sum(change_count) AS change_count\n        FROM (\n        SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_facet_status AS facet_status, old_facet_job_type AS facet_job_type, -1 AS row_count, 1 AS change_count\n        FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_facet_status AS facet_status, new_facet_job_type AS facet_job_type, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, new_facet_status, new_facet_job_type, 0, count(*)\n        FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_status, new_facet_job_type) AS change GROUP BY facet_status, facet_job_type\n    ), \n    order_0_bound AS MATERIALIZED (\n        SELECT key_created_at, key_id, row_number() OVER (ORDER BY key_created_at, key_id) AS number\n        FROM (SELECT DISTINCT key_created_at, key_id FROM "generation_generationjob_newest_ranking_node" WHERE level = 0) AS block\n    ), order_0_numbered AS (\n        SELECT number, facet_status, facet_job_type, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_created_at, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_status, facet_job_type, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (\n            SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_facet_status AS facet_status, old_facet_job_type AS facet_job_type, -1 AS row_count FROM changed WHERE old_row IS NOT NULL AND is_moved AND ROW(old_key_created_at, old_key_id, old_facet_status, old_facet_job_type) IS DISTINCT FROM ROW(new_key_created_at, new_key_id, new_facet_status, new_facet_job_type)\n            UNION ALL\n            SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_facet_status AS facet_status, new_facet_job_type AS facet_job_type, 1 FROM changed WHERE new_row IS NOT NULL AND is_moved AND ROW(old_key_created_at, old_key_id, old_facet_status, old_facet_job_type) IS DISTINCT FROM ROW(new_key_created_at, new_key_id, new_facet_status, new_facet_job_type)) AS change\n                UNION ALL\n                SELECT key_created_at, key_id, NULL, NULL, 0, 1 FROM order_0_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_status, facet_job_type HAVING sum(row_count) <> 0\n    ), order_0_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_status, facet_job_type, row_count FROM order_0_numbered LEFT JOIN order_0_bound AS bound USING (number)\n    ), order_0_counted AS (\n        INSERT INTO "generation_generationjob_newest_ranking_node" AS node (level, key_created_at, key_id, facet_status, facet_job_type, row_count, change_count)\n        SELECT 0, key_created_at, key_id, facet_status, facet_job_type, row_count, 0 FROM order_0_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_status, facet_job_type, sum(row_count), 0\n        FROM order_0_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_created_at, key_id FROM "generation_generationjob_newest_ranking_node" WHERE level = 1 AND (key_created_at, key_id) <= (in_block.key_created_at, in_block.key_id)\n            ORDER BY key_created_at DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4, 5\n        UNION ALL\n        SELECT 2, \'-infinity\'::timestamptz, \'-9223372036854775808\'::int8, facet_status, facet_job_type, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_created_at, key_id, facet_status, facet_job_type) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    )\n        INSERT INTO "generation_generationjob_ranking_delta" (key_created_at, key_id, facet_status, facet_job_type, row_count, change_count)\n        (SELECT DISTINCT ON (key_created_at, key_id) key_created_at, key_id, facet_status, facet_job_type, 0, 0 FROM order_0_in_block\n        WHERE (key_created_at, key_id) IN (SELECT key_created_at, key_id FROM order_0_in_block GROUP BY key_created_at, key_id HAVING sum(row_count) <> 0)); ELSE INSERT INTO "generation_generationjob_ranking_delta" (key_created_at, key_id, facet_status, facet_job_type, row_count, change_count) WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_facet_status, old_facet_job_type, new_key_created_at, new_key_id, new_facet_status, new_facet_job_type) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", past."status", past."job_type") IS DISTINCT FROM ROW(present."created_at", present."id", present."status", present."job_type"), past."created_at", past."id", past."status", past."job_type", present."created_at", present."id", present."status", present."job_type"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", past."status", past."job_type") IS DISTINCT FROM ROW(present."created_at", present."id", present."status", present."job_type") OR ROW(past."id", past."user_id", past."job_type", past."status", past."result_id", past."is_paused", past."created_at", past."started_at", past."finished_at") IS DISTINCT FROM ROW(present."id", present."user_id", present."job_type", present."status", present."result_id", present."is_paused", present."created_at", present."started_at", present."finished_at")\n        ) \n        SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_facet_status AS facet_status, old_facet_job_type AS facet_job_type, -1 AS row_count, 1 AS change_count\n        FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_facet_status AS facet_status, new_facet_job_type AS facet_job_type, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, new_facet_status, new_facet_job_type, 0, count(*)\n        FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_status, new_facet_job_type; END IF; RETURN NULL;',
                    hash="68ecae94ffe05c1f4edfa25254b6e3d1f927f98f",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_f8d0b",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="generation_generationjob",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="job",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="attempt", to="generation.generationjob"
            ),
        ),
        migrations.AddField(
            model_name="joboutput",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="made_by", to="content.contentitem"
            ),
        ),
        migrations.AddField(
            model_name="joboutput",
            name="job",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="outputs",
                to="generation.generationjob",
            ),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="workflow",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="jobs",
                to="generation.workflow",
            ),
        ),
        AddConstraintNotValid(
            model_name="generationjob",
            constraint=models.CheckConstraint(
                condition=models.Q(("attempt_key__isnull", True), ("status", "running"), _connector="OR"),
                name="job_attempt_only_while_running",
            ),
        ),
        AddConstraintNotValid(
            model_name="generationjob",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_paused", False), ("status", "pending"), _connector="OR"),
                name="job_paused_only_while_pending",
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(models.F("heartbeat_at"), name="attempt_heartbeat"),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("fraction__isnull", True), ("fraction__range", (0, 1)), _connector="OR"),
                name="attempt_fraction_between_0_and_1",
            ),
        ),
        migrations.AddConstraint(
            model_name="joboutput",
            constraint=models.UniqueConstraint(fields=("job", "position"), name="job_output_once"),
        ),
    ]
