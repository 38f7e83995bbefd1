"""Albums and their items, both ranked."""

import datetime

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ranking", "0001_initial"),
        ("content", "0023_large_statements"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="AlbumItemRankingDelta",
            fields=[
                ("key_album", models.BigIntegerField(null=True)),
                ("key_position", models.BigIntegerField(null=True)),
                ("key_id", models.BigIntegerField(null=True)),
                ("facet_audience", models.PositiveSmallIntegerField()),
                ("row_count", models.SmallIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "albums_albumitem_ranking_delta",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="AlbumRankingDelta",
            fields=[
                ("key_created_at", models.DateTimeField(null=True)),
                ("key_id", models.BigIntegerField(null=True)),
                ("facet_is_public", models.BooleanField()),
                ("row_count", models.SmallIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "albums_album_ranking_delta",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Album",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200)),
                ("notes", models.TextField(blank=True, max_length=10000)),
                ("query", models.CharField(blank=True, max_length=2000, verbose_name="saved search")),
                ("is_public", models.BooleanField(default=False, verbose_name="public")),
                ("share_token", models.CharField(editable=False, max_length=32, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "cover",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="covered_albums",
                        to="content.contentitem",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="albums",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AlbumItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField()),
                ("note", models.TextField(blank=True, max_length=2000)),
                ("audience", models.PositiveSmallIntegerField(default=2, editable=False)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "album",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="albums.album",
                    ),
                ),
                (
                    "content",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="album_items",
                        to="content.contentitem",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AlbumItemPositionRankingNode",
            fields=[
                ("key_album", models.BigIntegerField()),
                ("key_position", models.BigIntegerField()),
                ("key_id", models.BigIntegerField()),
                ("facet_audience", models.PositiveSmallIntegerField()),
                ("level", models.SmallIntegerField()),
                ("row_count", models.BigIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "albums_albumitem_position_ranking_node",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("level", "key_album", "key_position", "key_id", "facet_audience"),
                        name="albumitem_position_node_place",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AlbumNewestRankingNode",
            fields=[
                ("key_created_at", models.DateTimeField()),
                ("key_id", models.BigIntegerField()),
                ("facet_is_public", models.BooleanField()),
                ("level", models.SmallIntegerField()),
                ("row_count", models.BigIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "albums_album_newest_ranking_node",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("level", "key_created_at", "key_id", "facet_is_public"),
                        name="album_newest_node_place",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="album",
            index=models.Index(models.F("created_at"), models.F("id"), include=("is_public",), name="album_all_newest"),
        ),
        migrations.AddIndex(
            model_name="album",
            index=models.Index(
                models.F("is_public"), models.F("created_at"), models.F("id"), name="album_facet_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="album",
            index=models.Index(models.F("owner"), models.F("created_at"), models.F("id"), name="album_owner_newest"),
        ),
        migrations.AddIndex(
            model_name="album",
            index=models.Index(
                models.F("owner"),
                models.F("is_public"),
                models.F("created_at"),
                models.F("id"),
                name="album_owner_facet_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="album",
            index=models.Index(models.F("cover"), condition=models.Q(("cover__isnull", False)), name="album_cover"),
        ),
        migrations.AddConstraint(
            model_name="album",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="album_title_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="album",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "created_at__range",
                        (
                            datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.UTC),
                        ),
                    ),
                    (
                        "updated_at__range",
                        (
                            datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.UTC),
                        ),
                    ),
                ),
                name="album_times_in_calendar",
            ),
        ),
        migrations.AddConstraint(
            model_name="album",
            constraint=models.UniqueConstraint(
                models.F("share_token"),
                condition=models.Q(("share_token__isnull", False)),
                name="album_share_token_unique",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="album",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE is_alone boolean := false; large_rows int;",
                    func='\n    large_rows := coalesce(nullif(current_setting(\'rank_index.large_statement_rows\', true), \'\'), \'10000\')::int;\n    IF current_setting(\'transaction_isolation\') = \'read committed\'\n    AND EXISTS (SELECT FROM new_rows OFFSET large_rows - 1) THEN\n        FOR attempt IN 1..20 LOOP\n            BEGIN\n                LOCK TABLE "albums_album_ranking_delta" IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;\n                is_alone := true;\n                EXIT;\n            EXCEPTION\n                WHEN lock_not_available THEN PERFORM pg_sleep(0.1);\n                WHEN insufficient_privilege THEN EXIT;\n            END;\n        END LOOP;\n    END IF; IF is_alone THEN \n        WITH whole_change AS MATERIALIZED (\n        SELECT facet_is_public, sum(row_count) AS row_count, sum(change_count) AS change_count\n        FROM (SELECT item."created_at" AS key_created_at, item."id" AS key_id, item."is_public" AS facet_is_public, 1 AS row_count, 1 AS change_count FROM new_rows AS item) AS change GROUP BY facet_is_public\n    ), \n    order_0_bound AS MATERIALIZED (\n        SELECT key_created_at, key_id, row_number() OVER (ORDER BY key_created_at, key_id) AS number\n        FROM (SELECT DISTINCT key_created_at, key_id FROM "albums_album_newest_ranking_node" WHERE level = 0) AS block\n    ), order_0_numbered AS (\n        SELECT number, facet_is_public, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_created_at, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_is_public, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (SELECT item."created_at" AS key_created_at, item."id" AS key_id, item."is_public" AS facet_is_public, 1 AS row_count FROM new_rows AS item) AS change\n                UNION ALL\n                SELECT key_created_at, key_id, NULL, 0, 1 FROM order_0_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_is_public HAVING sum(row_count) <> 0\n    ), order_0_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_is_public, row_count FROM order_0_numbered LEFT JOIN order_0_bound AS bound USING (number)\n    ), order_0_counted AS (\n        INSERT INTO "albums_album_newest_ranking_node" AS node (level, key_created_at, key_id, facet_is_public, row_count, change_count)\n        SELECT 0, key_created_at, key_id, facet_is_public, row_count, 0 FROM order_0_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_is_public, sum(row_count), 0\n        FROM order_0_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_created_at, key_id FROM "albums_album_newest_ranking_node" WHERE level = 1 AND (key_created_at, key_id) <= (in_block.key_created_at, in_block.key_id)\n            ORDER BY key_created_at DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4\n        UNION ALL\n        SELECT 2, \'-infinity\'::timestamptz, \'-9223372036854775808\'::int8, facet_is_public, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_created_at, key_id, facet_is_public) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    )\n        INSERT INTO "albums_album_ranking_delta" (key_created_at, key_id, facet_is_public, row_count, change_count)\n        (SELECT DISTINCT ON (key_created_at, key_id) key_created_at, key_id, facet_is_public, 0, 0 FROM order_0_in_block\n        WHERE (key_created_at, key_id) IN (SELECT key_created_at, key_id FROM order_0_in_block GROUP BY key_created_at, key_id HAVING sum(row_count) <> 0)); ELSE INSERT INTO "albums_album_ranking_delta" (key_created_at, key_id, facet_is_public, row_count, change_count) SELECT item."created_at" AS key_created_at, item."id" AS key_id, item."is_public" AS facet_is_public, 1 AS row_count, 1 AS change_count FROM new_rows AS item; END IF; RETURN NULL;',
                    hash="42f90ef9228e3b42ca64d57b2965c82bd6b05725",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_ranking_insert_c6b10",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="albums_album",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="album",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE is_alone boolean := false; large_rows int;",
                    func='\n    large_rows := coalesce(nullif(current_setting(\'rank_index.large_statement_rows\', true), \'\'), \'10000\')::int;\n    IF current_setting(\'transaction_isolation\') = \'read committed\'\n    AND EXISTS (SELECT FROM old_rows OFFSET large_rows - 1) THEN\n        FOR attempt IN 1..20 LOOP\n            BEGIN\n                LOCK TABLE "albums_album_ranking_delta" IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;\n                is_alone := true;\n                EXIT;\n            EXCEPTION\n                WHEN lock_not_available THEN PERFORM pg_sleep(0.1);\n                WHEN insufficient_privilege THEN EXIT;\n            END;\n        END LOOP;\n    END IF; IF is_alone THEN \n        WITH whole_change AS MATERIALIZED (\n        SELECT facet_is_public, sum(row_count) AS row_count, sum(change_count) AS change_count\n        FROM (SELECT item."created_at" AS key_created_at, item."id" AS key_id, item."is_public" AS facet_is_public, -1 AS row_count, 1 AS change_count FROM old_rows AS item) AS change GROUP BY facet_is_public\n    ), \n    order_0_bound AS MATERIALIZED (\n        SELECT key_created_at, key_id, row_number() OVER (ORDER BY key_created_at, key_id) AS number\n        FROM (SELECT DISTINCT key_created_at, key_id FROM "albums_album_newest_ranking_node" WHERE level = 0) AS block\n    ), order_0_numbered AS (\n        SELECT number, facet_is_public, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_created_at, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_is_public, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (SELECT item."created_at" AS key_created_at, item."id" AS key_id, item."is_public" AS facet_is_public, -1 AS row_count FROM old_rows AS item) AS change\n                UNION ALL\n                SELECT key_created_at, key_id, NULL, 0, 1 FROM order_0_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_is_public HAVING sum(row_count) <> 0\n    ), order_0_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_is_public, row_count FROM order_0_numbered LEFT JOIN order_0_bound AS bound USING (number)\n    ), order_0_counted AS (\n        INSERT INTO "albums_album_newest_ranking_node" AS node (level, key_created_at, key_id, facet_is_public, row_count, change_count)\n        SELECT 0, key_created_at, key_id, facet_is_public, row_count, 0 FROM order_0_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_is_public, sum(row_count), 0\n        FROM order_0_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_created_at, key_id FROM "albums_album_newest_ranking_node" WHERE level = 1 AND (key_created_at, key_id) <= (in_block.key_created_at, in_block.key_id)\n            ORDER BY key_created_at DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4\n        UNION ALL\n        SELECT 2, \'-infinity\'::timestamptz, \'-9223372036854775808\'::int8, facet_is_public, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_created_at, key_id, facet_is_public) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    )\n        INSERT INTO "albums_album_ranking_delta" (key_created_at, key_id, facet_is_public, row_count, change_count)\n        (SELECT DISTINCT ON (key_created_at, key_id) key_created_at, key_id, facet_is_public, 0, 0 FROM order_0_in_block\n        WHERE (key_created_at, key_id) IN (SELECT key_created_at, key_id FROM order_0_in_block GROUP BY key_created_at, key_id HAVING sum(row_count) <> 0)); ELSE INSERT INTO "albums_album_ranking_delta" (key_created_at, key_id, facet_is_public, row_count, change_count) SELECT item."created_at" AS key_created_at, item."id" AS key_id, item."is_public" AS facet_is_public, -1 AS row_count, 1 AS change_count FROM old_rows AS item; END IF; RETURN NULL;',
                    hash="7590bc514d13753c49c66065f9a405ee5a88d4c8",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_ranking_delete_f6232",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="albums_album",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="album",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE is_alone boolean := false; large_rows int;",
                    func='\n    large_rows := coalesce(nullif(current_setting(\'rank_index.large_statement_rows\', true), \'\'), \'10000\')::int;\n    IF current_setting(\'transaction_isolation\') = \'read committed\'\n    AND EXISTS (SELECT FROM new_rows OFFSET large_rows - 1) THEN\n        FOR attempt IN 1..20 LOOP\n            BEGIN\n                LOCK TABLE "albums_album_ranking_delta" IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;\n                is_alone := true;\n                EXIT;\n            EXCEPTION\n                WHEN lock_not_available THEN PERFORM pg_sleep(0.1);\n                WHEN insufficient_privilege THEN EXIT;\n            END;\n        END LOOP;\n    END IF; IF is_alone THEN \n        WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_facet_is_public, new_key_created_at, new_key_id, new_facet_is_public) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", past."is_public") IS DISTINCT FROM ROW(present."created_at", present."id", present."is_public"), past."created_at", past."id", past."is_public", present."created_at", present."id", present."is_public"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", past."is_public") IS DISTINCT FROM ROW(present."created_at", present."id", present."is_public") OR ROW(past."id", past."owner_id", past."title", past."notes", past."query", past."cover_id", past."is_public", past."share_token", past."created_at") IS DISTINCT FROM ROW(present."id", present."owner_id", present."title", present."notes", present."query", present."cover_id", present."is_public", present."share_token", present."created_at")\n        ), whole_change AS MATERIALIZED (\n        SELECT facet_is_public, sum(row_count) AS row_count, sum(change_count) AS change_count\n        FROM (\n        SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_facet_is_public AS facet_is_public, -1 AS row_count, 1 AS change_count\n        FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_facet_is_public AS facet_is_public, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, new_facet_is_public, 0, count(*)\n        FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_is_public) AS change GROUP BY facet_is_public\n    ), \n    order_0_bound AS MATERIALIZED (\n        SELECT key_created_at, key_id, row_number() OVER (ORDER BY key_created_at, key_id) AS number\n        FROM (SELECT DISTINCT key_created_at, key_id FROM "albums_album_newest_ranking_node" WHERE level = 0) AS block\n    ), order_0_numbered AS (\n        SELECT number, facet_is_public, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_created_at, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_is_public, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (\n            SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_facet_is_public AS facet_is_public, -1 AS row_count FROM changed WHERE old_row IS NOT NULL AND is_moved AND ROW(old_key_created_at, old_key_id, old_facet_is_public) IS DISTINCT FROM ROW(new_key_created_at, new_key_id, new_facet_is_public)\n            UNION ALL\n            SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_facet_is_public AS facet_is_public, 1 FROM changed WHERE new_row IS NOT NULL AND is_moved AND ROW(old_key_created_at, old_key_id, old_facet_is_public) IS DISTINCT FROM ROW(new_key_created_at, new_key_id, new_facet_is_public)) AS change\n                UNION ALL\n                SELECT key_created_at, key_id, NULL, 0, 1 FROM order_0_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_is_public HAVING sum(row_count) <> 0\n    ), order_0_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_is_public, row_count FROM order_0_numbered LEFT JOIN order_0_bound AS bound USING (number)\n    ), order_0_counted AS (\n        INSERT INTO "albums_album_newest_ranking_node" AS node (level, key_created_at, key_id, facet_is_public, row_count, change_count)\n        SELECT 0, key_created_at, key_id, facet_is_public, row_count, 0 FROM order_0_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_is_public, sum(row_count), 0\n        FROM order_0_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_created_at, key_id FROM "albums_album_newest_ranking_node" WHERE level = 1 AND (key_created_at, key_id) <= (in_block.key_created_at, in_block.key_id)\n            ORDER BY key_created_at DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4\n        UNION ALL\n        SELECT 2, \'-infinity\'::timestamptz, \'-9223372036854775808\'::int8, facet_is_public, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_created_at, key_id, facet_is_public) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    )\n        INSERT INTO "albums_album_ranking_delta" (key_created_at, key_id, facet_is_public, row_count, change_count)\n        (SELECT DISTINCT ON (key_created_at, key_id) key_created_at, key_id, facet_is_public, 0, 0 FROM order_0_in_block\n        WHERE (key_created_at, key_id) IN (SELECT key_created_at, key_id FROM order_0_in_block GROUP BY key_created_at, key_id HAVING sum(row_count) <> 0)); ELSE INSERT INTO "albums_album_ranking_delta" (key_created_at, key_id, facet_is_public, row_count, change_count) WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_facet_is_public, new_key_created_at, new_key_id, new_facet_is_public) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", past."is_public") IS DISTINCT FROM ROW(present."created_at", present."id", present."is_public"), past."created_at", past."id", past."is_public", present."created_at", present."id", present."is_public"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", past."is_public") IS DISTINCT FROM ROW(present."created_at", present."id", present."is_public") OR ROW(past."id", past."owner_id", past."title", past."notes", past."query", past."cover_id", past."is_public", past."share_token", past."created_at") IS DISTINCT FROM ROW(present."id", present."owner_id", present."title", present."notes", present."query", present."cover_id", present."is_public", present."share_token", present."created_at")\n        ) \n        SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_facet_is_public AS facet_is_public, -1 AS row_count, 1 AS change_count\n        FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_facet_is_public AS facet_is_public, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, new_facet_is_public, 0, count(*)\n        FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_is_public; END IF; RETURN NULL;',
                    hash="5af14ba30c44474a6a1f686383e8900b8586eea3",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_3c422",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="albums_album",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="album",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='DELETE FROM "albums_album_ranking_delta"; DELETE FROM "albums_album_newest_ranking_node"; INSERT INTO ranking_rankingstate AS state (model, generation, built_at)\n        VALUES (\'albums.Album\', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, clock_timestamp())\n        ON CONFLICT (model) DO UPDATE\n        SET generation = greatest(state.generation + 1, excluded.generation), built_at = excluded.built_at; RETURN NULL;',
                    hash="9562bd282decc97290d8f0981217efcb47c57f5f",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_ranking_truncate_59817",
                    table="albums_album",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="albumitem",
            index=models.Index(
                models.F("album"),
                models.F("position"),
                models.F("id"),
                include=("audience",),
                name="albumitem_all_position",
            ),
        ),
        migrations.AddIndex(
            model_name="albumitem",
            index=models.Index(
                models.F("audience"),
                models.F("album"),
                models.F("position"),
                models.F("id"),
                name="albumitem_facet_position",
            ),
        ),
        migrations.AddConstraint(
            model_name="albumitem",
            constraint=models.UniqueConstraint(models.F("content"), models.F("album"), name="albumitem_once_per_album"),
        ),
        migrations.AddConstraint(
            model_name="albumitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("audience__in", (0, 1, 2))), name="albumitem_audience_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="albumitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "added_at__range",
                        (
                            datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.UTC),
                        ),
                    )
                ),
                name="albumitem_time_in_calendar",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="albumitem",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE is_alone boolean := false; large_rows int;",
                    func='\n    large_rows := coalesce(nullif(current_setting(\'rank_index.large_statement_rows\', true), \'\'), \'10000\')::int;\n    IF current_setting(\'transaction_isolation\') = \'read committed\'\n    AND EXISTS (SELECT FROM new_rows OFFSET large_rows - 1) THEN\n        FOR attempt IN 1..20 LOOP\n            BEGIN\n                LOCK TABLE "albums_albumitem_ranking_delta" IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;\n                is_alone := true;\n                EXIT;\n            EXCEPTION\n                WHEN lock_not_available THEN PERFORM pg_sleep(0.1);\n                WHEN insufficient_privilege THEN EXIT;\n            END;\n        END LOOP;\n    END IF; IF is_alone THEN \n        WITH whole_change AS MATERIALIZED (\n        SELECT facet_audience, sum(row_count) AS row_count, sum(change_count) AS change_count\n        FROM (SELECT item."album_id" AS key_album, item."position" AS key_position, item."id" AS key_id, item."audience" AS facet_audience, 1 AS row_count, 1 AS change_count FROM new_rows AS item) AS change GROUP BY facet_audience\n    ), \n    order_0_bound AS MATERIALIZED (\n        SELECT key_album, key_position, key_id, row_number() OVER (ORDER BY key_album, key_position, key_id) AS number\n        FROM (SELECT DISTINCT key_album, key_position, key_id FROM "albums_albumitem_position_ranking_node" WHERE level = 0) AS block\n    ), order_0_numbered AS (\n        SELECT number, facet_audience, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_album, key_position, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_audience, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (SELECT item."album_id" AS key_album, item."position" AS key_position, item."id" AS key_id, item."audience" AS facet_audience, 1 AS row_count FROM new_rows AS item) AS change\n                UNION ALL\n                SELECT key_album, key_position, key_id, NULL, 0, 1 FROM order_0_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_audience HAVING sum(row_count) <> 0\n    ), order_0_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_album, \'-9223372036854775808\'::int8) AS key_album, coalesce(bound.key_position, \'-9223372036854775808\'::int8) AS key_position, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_audience, row_count FROM order_0_numbered LEFT JOIN order_0_bound AS bound USING (number)\n    ), order_0_counted AS (\n        INSERT INTO "albums_albumitem_position_ranking_node" AS node (level, key_album, key_position, key_id, facet_audience, row_count, change_count)\n        SELECT 0, key_album, key_position, key_id, facet_audience, row_count, 0 FROM order_0_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_album, \'-9223372036854775808\'::int8) AS key_album, coalesce(found.key_position, \'-9223372036854775808\'::int8) AS key_position, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_audience, sum(row_count), 0\n        FROM order_0_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_album, key_position, key_id FROM "albums_albumitem_position_ranking_node" WHERE level = 1 AND (key_album, key_position, key_id) <= (in_block.key_album, in_block.key_position, in_block.key_id)\n            ORDER BY key_album DESC, key_position DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4, 5\n        UNION ALL\n        SELECT 2, \'-9223372036854775808\'::int8, \'-9223372036854775808\'::int8, \'-9223372036854775808\'::int8, facet_audience, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_album, key_position, key_id, facet_audience) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    )\n        INSERT INTO "albums_albumitem_ranking_delta" (key_album, key_position, key_id, facet_audience, row_count, change_count)\n        (SELECT DISTINCT ON (key_album, key_position, key_id) key_album, key_position, key_id, facet_audience, 0, 0 FROM order_0_in_block\n        WHERE (key_album, key_position, key_id) IN (SELECT key_album, key_position, key_id FROM order_0_in_block GROUP BY key_album, key_position, key_id HAVING sum(row_count) <> 0)); ELSE INSERT INTO "albums_albumitem_ranking_delta" (key_album, key_position, key_id, facet_audience, row_count, change_count) SELECT item."album_id" AS key_album, item."position" AS key_position, item."id" AS key_id, item."audience" AS facet_audience, 1 AS row_count, 1 AS change_count FROM new_rows AS item; END IF; RETURN NULL;',
                    hash="e10f9871f5fb2eb27935918a73d2d72b1201dbbc",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_ranking_insert_cb717",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="albums_albumitem",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="albumitem",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE is_alone boolean := false; large_rows int;",
                    func='\n    large_rows := coalesce(nullif(current_setting(\'rank_index.large_statement_rows\', true), \'\'), \'10000\')::int;\n    IF current_setting(\'transaction_isolation\') = \'read committed\'\n    AND EXISTS (SELECT FROM old_rows OFFSET large_rows - 1) THEN\n        FOR attempt IN 1..20 LOOP\n            BEGIN\n                LOCK TABLE "albums_albumitem_ranking_delta" IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;\n                is_alone := true;\n                EXIT;\n            EXCEPTION\n                WHEN lock_not_available THEN PERFORM pg_sleep(0.1);\n                WHEN insufficient_privilege THEN EXIT;\n            END;\n        END LOOP;\n    END IF; IF is_alone THEN \n        WITH whole_change AS MATERIALIZED (\n        SELECT facet_audience, sum(row_count) AS row_count, sum(change_count) AS change_count\n        FROM (SELECT item."album_id" AS key_album, item."position" AS key_position, item."id" AS key_id, item."audience" AS facet_audience, -1 AS row_count, 1 AS change_count FROM old_rows AS item) AS change GROUP BY facet_audience\n    ), \n    order_0_bound AS MATERIALIZED (\n        SELECT key_album, key_position, key_id, row_number() OVER (ORDER BY key_album, key_position, key_id) AS number\n        FROM (SELECT DISTINCT key_album, key_position, key_id FROM "albums_albumitem_position_ranking_node" WHERE level = 0) AS block\n    ), order_0_numbered AS (\n        SELECT number, facet_audience, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_album, key_position, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_audience, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (SELECT item."album_id" AS key_album, item."position" AS key_position, item."id" AS key_id, item."audience" AS facet_audience, -1 AS row_count FROM old_rows AS item) AS change\n                UNION ALL\n                SELECT key_album, key_position, key_id, NULL, 0, 1 FROM order_0_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_audience HAVING sum(row_count) <> 0\n    ), order_0_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_album, \'-9223372036854775808\'::int8) AS key_album, coalesce(bound.key_position, \'-9223372036854775808\'::int8) AS key_position, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_audience, row_count FROM order_0_numbered LEFT JOIN order_0_bound AS bound USING (number)\n    ), order_0_counted AS (\n        INSERT INTO "albums_albumitem_position_ranking_node" AS node (level, key_album, key_position, key_id, facet_audience, row_count, change_count)\n        SELECT 0, key_album, key_position, key_id, facet_audience, row_count, 0 FROM order_0_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_album, \'-9223372036854775808\'::int8) AS key_album, coalesce(found.key_position, \'-9223372036854775808\'::int8) AS key_position, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_audience, sum(row_count), 0\n        FROM order_0_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_album, key_position, key_id FROM "albums_albumitem_position_ranking_node" WHERE level = 1 AND (key_album, key_position, key_id) <= (in_block.key_album, in_block.key_position, in_block.key_id)\n            ORDER BY key_album DESC, key_position DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4, 5\n        UNION ALL\n        SELECT 2, \'-9223372036854775808\'::int8, \'-9223372036854775808\'::int8, \'-9223372036854775808\'::int8, facet_audience, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_album, key_position, key_id, facet_audience) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    )\n        INSERT INTO "albums_albumitem_ranking_delta" (key_album, key_position, key_id, facet_audience, row_count, change_count)\n        (SELECT DISTINCT ON (key_album, key_position, key_id) key_album, key_position, key_id, facet_audience, 0, 0 FROM order_0_in_block\n        WHERE (key_album, key_position, key_id) IN (SELECT key_album, key_position, key_id FROM order_0_in_block GROUP BY key_album, key_position, key_id HAVING sum(row_count) <> 0)); ELSE INSERT INTO "albums_albumitem_ranking_delta" (key_album, key_position, key_id, facet_audience, row_count, change_count) SELECT item."album_id" AS key_album, item."position" AS key_position, item."id" AS key_id, item."audience" AS facet_audience, -1 AS row_count, 1 AS change_count FROM old_rows AS item; END IF; RETURN NULL;',
                    hash="200bcc7570839ed9ce62dac3e2ff7da7b5227137",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_ranking_delete_84a16",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="albums_albumitem",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="albumitem",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE is_alone boolean := false; large_rows int;",
                    func='\n    large_rows := coalesce(nullif(current_setting(\'rank_index.large_statement_rows\', true), \'\'), \'10000\')::int;\n    IF current_setting(\'transaction_isolation\') = \'read committed\'\n    AND EXISTS (SELECT FROM new_rows OFFSET large_rows - 1) THEN\n        FOR attempt IN 1..20 LOOP\n            BEGIN\n                LOCK TABLE "albums_albumitem_ranking_delta" IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;\n                is_alone := true;\n                EXIT;\n            EXCEPTION\n                WHEN lock_not_available THEN PERFORM pg_sleep(0.1);\n                WHEN insufficient_privilege THEN EXIT;\n            END;\n        END LOOP;\n    END IF; IF is_alone THEN \n        WITH changed (old_row, new_row, is_moved, old_key_album, old_key_position, old_key_id, old_facet_audience, new_key_album, new_key_position, new_key_id, new_facet_audience) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."album_id", past."position", past."id", past."audience") IS DISTINCT FROM ROW(present."album_id", present."position", present."id", present."audience"), past."album_id", past."position", past."id", past."audience", present."album_id", present."position", present."id", present."audience"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."album_id", past."position", past."id", past."audience") IS DISTINCT FROM ROW(present."album_id", present."position", present."id", present."audience") OR ROW(past."id", past."album_id", past."content_id", past."position", past."note", past."audience", past."added_at") IS DISTINCT FROM ROW(present."id", present."album_id", present."content_id", present."position", present."note", present."audience", present."added_at")\n        ), whole_change AS MATERIALIZED (\n        SELECT facet_audience, sum(row_count) AS row_count, sum(change_count) AS change_count\n        FROM (\n        SELECT old_key_album AS key_album, old_key_position AS key_position, old_key_id AS key_id, old_facet_audience AS facet_audience, -1 AS row_count, 1 AS change_count\n        FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_album AS key_album, new_key_position AS key_position, new_key_id AS key_id, new_facet_audience AS facet_audience, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::bigint, NULL::bigint, NULL::bigint, new_facet_audience, 0, count(*)\n        FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_audience) AS change GROUP BY facet_audience\n    ), \n    order_0_bound AS MATERIALIZED (\n        SELECT key_album, key_position, key_id, row_number() OVER (ORDER BY key_album, key_position, key_id) AS number\n        FROM (SELECT DISTINCT key_album, key_position, key_id FROM "albums_albumitem_position_ranking_node" WHERE level = 0) AS block\n    ), order_0_numbered AS (\n        SELECT number, facet_audience, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_album, key_position, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_audience, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (\n            SELECT old_key_album AS key_album, old_key_position AS key_position, old_key_id AS key_id, old_facet_audience AS facet_audience, -1 AS row_count FROM changed WHERE old_row IS NOT NULL AND is_moved AND ROW(old_key_album, old_key_position, old_key_id, old_facet_audience) IS DISTINCT FROM ROW(new_key_album, new_key_position, new_key_id, new_facet_audience)\n            UNION ALL\n            SELECT new_key_album AS key_album, new_key_position AS key_position, new_key_id AS key_id, new_facet_audience AS facet_audience, 1 FROM changed WHERE new_row IS NOT NULL AND is_moved AND ROW(old_key_album, old_key_position, old_key_id, old_facet_audience) IS DISTINCT FROM ROW(new_key_album, new_key_position, new_key_id, new_facet_audience)) AS change\n                UNION ALL\n                SELECT key_album, key_position, key_id, NULL, 0, 1 FROM order_0_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_audience HAVING sum(row_count) <> 0\n    ), order_0_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_album, \'-9223372036854775808\'::int8) AS key_album, coalesce(bound.key_position, \'-9223372036854775808\'::int8) AS key_position, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_audience, row_count FROM order_0_numbered LEFT JOIN order_0_bound AS bound USING (number)\n    ), order_0_counted AS (\n        INSERT INTO "albums_albumitem_position_ranking_node" AS node (level, key_album, key_position, key_id, facet_audience, row_count, change_count)\n        SELECT 0, key_album, key_position, key_id, facet_audience, row_count, 0 FROM order_0_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_album, \'-9223372036854775808\'::int8) AS key_album, coalesce(found.key_position, \'-9223372036854775808\'::int8) AS key_position, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_audience, sum(row_count), 0\n        FROM order_0_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_album, key_position, key_id FROM "albums_albumitem_position_ranking_node" WHERE level = 1 AND (key_album, key_position, key_id) <= (in_block.key_album, in_block.key_position, in_block.key_id)\n            ORDER BY key_album DESC, key_position DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4, 5\n        UNION ALL\n        SELECT 2, \'-9223372036854775808\'::int8, \'-9223372036854775808\'::int8, \'-9223372036854775808\'::int8, facet_audience, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_album, key_position, key_id, facet_audience) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    )\n        INSERT INTO "albums_albumitem_ranking_delta" (key_album, key_position, key_id, facet_audience, row_count, change_count)\n        (SELECT DISTINCT ON (key_album, key_position, key_id) key_album, key_position, key_id, facet_audience, 0, 0 FROM order_0_in_block\n        WHERE (key_album, key_position, key_id) IN (SELECT key_album, key_position, key_id FROM order_0_in_block GROUP BY key_album, key_position, key_id HAVING sum(row_count) <> 0)); ELSE INSERT INTO "albums_albumitem_ranking_delta" (key_album, key_position, key_id, facet_audience, row_count, change_count) WITH changed (old_row, new_row, is_moved, old_key_album, old_key_position, old_key_id, old_facet_audience, new_key_album, new_key_position, new_key_id, new_facet_audience) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."album_id", past."position", past."id", past."audience") IS DISTINCT FROM ROW(present."album_id", present."position", present."id", present."audience"), past."album_id", past."position", past."id", past."audience", present."album_id", present."position", present."id", present."audience"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."album_id", past."position", past."id", past."audience") IS DISTINCT FROM ROW(present."album_id", present."position", present."id", present."audience") OR ROW(past."id", past."album_id", past."content_id", past."position", past."note", past."audience", past."added_at") IS DISTINCT FROM ROW(present."id", present."album_id", present."content_id", present."position", present."note", present."audience", present."added_at")\n        ) \n        SELECT old_key_album AS key_album, old_key_position AS key_position, old_key_id AS key_id, old_facet_audience AS facet_audience, -1 AS row_count, 1 AS change_count\n        FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_album AS key_album, new_key_position AS key_position, new_key_id AS key_id, new_facet_audience AS facet_audience, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::bigint, NULL::bigint, NULL::bigint, new_facet_audience, 0, count(*)\n        FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_audience; END IF; RETURN NULL;',
                    hash="ae663568d5c12d7e128d38451814106066835613",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_3438c",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="albums_albumitem",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="albumitem",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='DELETE FROM "albums_albumitem_ranking_delta"; DELETE FROM "albums_albumitem_position_ranking_node"; INSERT INTO ranking_rankingstate AS state (model, generation, built_at)\n        VALUES (\'albums.AlbumItem\', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, clock_timestamp())\n        ON CONFLICT (model) DO UPDATE\n        SET generation = greatest(state.generation + 1, excluded.generation), built_at = excluded.built_at; RETURN NULL;',
                    hash="43a9a46569813d52930c2c184560c34f12f50df5",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_ranking_truncate_66a3c",
                    table="albums_albumitem",
                    when="AFTER",
                ),
            ),
        ),
    ]
