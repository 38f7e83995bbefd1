"""Works near to others, what is popular, what users dismissed, and the reasons of recommendations."""

import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.lookups
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import media.models
from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0023_large_statements"),
        ("recommendations", "0008_large_statements"),
        ("users", "0011_large_statements"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="Dismissal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Neighbours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("covisited", "Covisited"), ("alike", "Alike"), ("popular", "Popular")], max_length=9
                    ),
                ),
                (
                    "neighbours",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("scores", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("computed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PopularWork",
            fields=[
                (
                    "content",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="content.contentitem",
                    ),
                ),
                ("score", models.FloatField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Refresh",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("newest_interaction", models.BigIntegerField(null=True)),
                ("active_at", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(models.F("made_at"), models.F("user"), name="refresh_oldest")],
            },
        ),
        migrations.CreateModel(
            name="Watermark",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("row_id", models.BigIntegerField(default=0)),
                ("seconds", models.FloatField(default=0)),
                ("moved_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="recommendation",
            name="ranking_update",
        ),
        migrations.AddField(
            model_name="recommendation",
            name="because",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="content.contentitem",
            ),
        ),
        migrations.AddField(
            model_name="recommendation",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[("covisited", "Covisited"), ("alike", "Alike"), ("popular", "Popular")],
                db_default="",
                default="",
                max_length=9,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recommendation",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE is_alone boolean := false; large_rows int;",
                    func='\n    large_rows := coalesce(nullif(current_setting(\'rank_index.large_statement_rows\', true), \'\'), \'10000\')::int;\n    IF current_setting(\'transaction_isolation\') = \'read committed\'\n    AND EXISTS (SELECT FROM new_rows OFFSET large_rows - 1) THEN\n        FOR attempt IN 1..20 LOOP\n            BEGIN\n                LOCK TABLE "recommendations_recommendation_ranking_delta" IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;\n                is_alone := true;\n                EXIT;\n            EXCEPTION\n                WHEN lock_not_available THEN PERFORM pg_sleep(0.1);\n                WHEN insufficient_privilege THEN EXIT;\n            END;\n        END LOOP;\n    END IF; IF is_alone THEN \n        WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_key_score, old_facet_is_served, new_key_created_at, new_key_id, new_key_score, new_facet_is_served) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", past."score", past."is_served") IS DISTINCT FROM ROW(present."created_at", present."id", present."score", present."is_served"), past."created_at", past."id", past."score", past."is_served", present."created_at", present."id", present."score", present."is_served"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", past."score", past."is_served") IS DISTINCT FROM ROW(present."created_at", present."id", present."score", present."is_served") OR ROW(past."id", past."user_id", past."content_id", past."score", past."algorithm", past."is_served", past."reason", past."because_id", past."created_at") IS DISTINCT FROM ROW(present."id", present."user_id", present."content_id", present."score", present."algorithm", present."is_served", present."reason", present."because_id", present."created_at")\n        ), whole_change AS MATERIALIZED (\n        SELECT facet_is_served, sum(row_count) AS row_count, sum(change_count) AS change_count\n        FROM (\n        SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_key_score AS key_score, old_facet_is_served AS facet_is_served, -1 AS row_count, 1 AS change_count\n        FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_key_score AS key_score, new_facet_is_served AS facet_is_served, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, NULL::double precision, new_facet_is_served, 0, count(*)\n        FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_is_served) AS change GROUP BY facet_is_served\n    ), \n    order_0_bound AS MATERIALIZED (\n        SELECT key_created_at, key_id, row_number() OVER (ORDER BY key_created_at, key_id) AS number\n        FROM (SELECT DISTINCT key_created_at, key_id FROM "recommendations_recommendation_newest_ranking_node" WHERE level = 0) AS block\n    ), order_0_numbered AS (\n        SELECT number, facet_is_served, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_created_at, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_is_served, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (\n            SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_facet_is_served AS facet_is_served, -1 AS row_count FROM changed WHERE old_row IS NOT NULL AND is_moved AND ROW(old_key_created_at, old_key_id, old_facet_is_served) IS DISTINCT FROM ROW(new_key_created_at, new_key_id, new_facet_is_served)\n            UNION ALL\n            SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_facet_is_served AS facet_is_served, 1 FROM changed WHERE new_row IS NOT NULL AND is_moved AND ROW(old_key_created_at, old_key_id, old_facet_is_served) IS DISTINCT FROM ROW(new_key_created_at, new_key_id, new_facet_is_served)) AS change\n                UNION ALL\n                SELECT key_created_at, key_id, NULL, 0, 1 FROM order_0_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_is_served HAVING sum(row_count) <> 0\n    ), order_0_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_is_served, row_count FROM order_0_numbered LEFT JOIN order_0_bound AS bound USING (number)\n    ), order_0_counted AS (\n        INSERT INTO "recommendations_recommendation_newest_ranking_node" AS node (level, key_created_at, key_id, facet_is_served, row_count, change_count)\n        SELECT 0, key_created_at, key_id, facet_is_served, row_count, 0 FROM order_0_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_is_served, sum(row_count), 0\n        FROM order_0_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_created_at, key_id FROM "recommendations_recommendation_newest_ranking_node" WHERE level = 1 AND (key_created_at, key_id) <= (in_block.key_created_at, in_block.key_id)\n            ORDER BY key_created_at DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4\n        UNION ALL\n        SELECT 2, \'-infinity\'::timestamptz, \'-9223372036854775808\'::int8, facet_is_served, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_created_at, key_id, facet_is_served) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    ), \n    order_1_bound AS MATERIALIZED (\n        SELECT key_score, key_created_at, key_id, row_number() OVER (ORDER BY key_score, key_created_at, key_id) AS number\n        FROM (SELECT DISTINCT key_score, key_created_at, key_id FROM "recommendations_recommendation_best_ranking_node" WHERE level = 0) AS block\n    ), order_1_numbered AS (\n        SELECT number, facet_is_served, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_score, key_created_at, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_is_served, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (\n            SELECT old_key_score AS key_score, old_key_created_at AS key_created_at, old_key_id AS key_id, old_facet_is_served AS facet_is_served, -1 AS row_count FROM changed WHERE old_row IS NOT NULL AND is_moved AND ROW(old_key_score, old_key_created_at, old_key_id, old_facet_is_served) IS DISTINCT FROM ROW(new_key_score, new_key_created_at, new_key_id, new_facet_is_served)\n            UNION ALL\n            SELECT new_key_score AS key_score, new_key_created_at AS key_created_at, new_key_id AS key_id, new_facet_is_served AS facet_is_served, 1 FROM changed WHERE new_row IS NOT NULL AND is_moved AND ROW(old_key_score, old_key_created_at, old_key_id, old_facet_is_served) IS DISTINCT FROM ROW(new_key_score, new_key_created_at, new_key_id, new_facet_is_served)) AS change\n                UNION ALL\n                SELECT key_score, key_created_at, key_id, NULL, 0, 1 FROM order_1_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_is_served HAVING sum(row_count) <> 0\n    ), order_1_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_score, \'-Infinity\'::float8) AS key_score, coalesce(bound.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_is_served, row_count FROM order_1_numbered LEFT JOIN order_1_bound AS bound USING (number)\n    ), order_1_counted AS (\n        INSERT INTO "recommendations_recommendation_best_ranking_node" AS node (level, key_score, key_created_at, key_id, facet_is_served, row_count, change_count)\n        SELECT 0, key_score, key_created_at, key_id, facet_is_served, row_count, 0 FROM order_1_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_score, \'-Infinity\'::float8) AS key_score, coalesce(found.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_is_served, sum(row_count), 0\n        FROM order_1_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_score, key_created_at, key_id FROM "recommendations_recommendation_best_ranking_node" WHERE level = 1 AND (key_score, key_created_at, key_id) <= (in_block.key_score, in_block.key_created_at, in_block.key_id)\n            ORDER BY key_score DESC, key_created_at DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4, 5\n        UNION ALL\n        SELECT 2, \'-Infinity\'::float8, \'-infinity\'::timestamptz, \'-9223372036854775808\'::int8, facet_is_served, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_score, key_created_at, key_id, facet_is_served) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    )\n        INSERT INTO "recommendations_recommendation_ranking_delta" (key_created_at, key_id, key_score, facet_is_served, row_count, change_count)\n        (SELECT DISTINCT ON (key_created_at, key_id) key_created_at, key_id, NULL::double precision, facet_is_served, 0, 0 FROM order_0_in_block\n        WHERE (key_created_at, key_id) IN (SELECT key_created_at, key_id FROM order_0_in_block GROUP BY key_created_at, key_id HAVING sum(row_count) <> 0)) UNION ALL (SELECT DISTINCT ON (key_score, key_created_at, key_id) key_created_at, key_id, key_score, facet_is_served, 0, 0 FROM order_1_in_block\n        WHERE (key_score, key_created_at, key_id) IN (SELECT key_score, key_created_at, key_id FROM order_1_in_block GROUP BY key_score, key_created_at, key_id HAVING sum(row_count) <> 0)); ELSE INSERT INTO "recommendations_recommendation_ranking_delta" (key_created_at, key_id, key_score, facet_is_served, row_count, change_count) WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_key_score, old_facet_is_served, new_key_created_at, new_key_id, new_key_score, new_facet_is_served) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", past."score", past."is_served") IS DISTINCT FROM ROW(present."created_at", present."id", present."score", present."is_served"), past."created_at", past."id", past."score", past."is_served", present."created_at", present."id", present."score", present."is_served"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", past."score", past."is_served") IS DISTINCT FROM ROW(present."created_at", present."id", present."score", present."is_served") OR ROW(past."id", past."user_id", past."content_id", past."score", past."algorithm", past."is_served", past."reason", past."because_id", past."created_at") IS DISTINCT FROM ROW(present."id", present."user_id", present."content_id", present."score", present."algorithm", present."is_served", present."reason", present."because_id", present."created_at")\n        ) \n        SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_key_score AS key_score, old_facet_is_served AS facet_is_served, -1 AS row_count, 1 AS change_count\n        FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_key_score AS key_score, new_facet_is_served AS facet_is_served, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, NULL::double precision, new_facet_is_served, 0, count(*)\n        FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_is_served; END IF; RETURN NULL;',
                    hash="1f89b54beafe836e8a461094edb483ae6f898af8",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_bca71",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="recommendations_recommendation",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="dismissal",
            name="content",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="content.contentitem"
            ),
        ),
        migrations.AddField(
            model_name="dismissal",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="dismissals",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="neighbours",
            name="content",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="content.contentitem"
            ),
        ),
        migrations.AddConstraint(
            model_name="dismissal",
            constraint=models.UniqueConstraint(models.F("user"), models.F("content"), name="dismissal_once"),
        ),
        migrations.AddConstraint(
            model_name="dismissal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "created_at__range",
                        (
                            datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.UTC),
                        ),
                    )
                ),
                name="dismissal_time_in_calendar",
            ),
        ),
        migrations.AddConstraint(
            model_name="neighbours",
            constraint=models.UniqueConstraint(models.F("content"), models.F("kind"), name="neighbours_once_per_kind"),
        ),
        migrations.AddConstraint(
            model_name="neighbours",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("covisited", "alike"))), name="neighbours_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="neighbours",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    media.models.Cardinality("neighbours"), media.models.Cardinality("scores")
                ),
                name="neighbours_scores_of_all",
            ),
        ),
    ]
