"""Counts of likes, ratings and popularity: their columns, the deltas that are moved into them, and the quality of ratings.

No row is rewritten: all begin with 0. Interactions append the deltas (interactions, migration 0009).
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import content.models
from genonaut.database.online_migrations import LimitLockWait

QUALITY = """
CREATE FUNCTION content_rated_quality(prior double precision, ratings integer, stars integer) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- As many ratings as 5 count for the score that was there before; 0.5 stands for none. 1 to 5 stars are 0 to 1.
    SELECT CASE WHEN ratings <= 0 THEN prior
        ELSE least(1, greatest(0, (5 * coalesce(prior, 0.5) + (stars - ratings) / 4.0::double precision) / (5 + ratings)))
    END
$$;

CREATE FUNCTION content_rate() RETURNS trigger LANGUAGE plpgsql AS $$
-- A score that is written while there are ratings becomes the one that they are added to.
BEGIN
    IF OLD.rating_count <= 0 OR NEW.quality_score IS DISTINCT FROM OLD.quality_score THEN
        NEW.prior_score := NEW.quality_score;
    END IF;
    NEW.quality_score := content_rated_quality(NEW.prior_score, NEW.rating_count, NEW.rating_sum);
    IF NEW.rating_count <= 0 THEN
        NEW.prior_score := NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER content_rate BEFORE UPDATE ON content_contentitem FOR EACH ROW
WHEN ((OLD.rating_count, OLD.rating_sum) IS DISTINCT FROM (NEW.rating_count, NEW.rating_sum)
    OR (NEW.rating_count > 0 AND OLD.quality_score IS DISTINCT FROM NEW.quality_score))
EXECUTE FUNCTION content_rate();
"""
WITHOUT_QUALITY = """
DROP TRIGGER content_rate ON content_contentitem;
DROP FUNCTION content_rate();
DROP FUNCTION content_rated_quality(double precision, integer, integer);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0023_large_statements"),
        ("media", "0010_public_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="CountDelta",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("content_id", models.BigIntegerField()),
                ("owner_id", models.BigIntegerField(null=True)),
                ("likes", models.IntegerField()),
                ("rating_count", models.IntegerField()),
                ("rating_sum", models.IntegerField()),
                ("weight", models.IntegerField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="CountState",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("changes", models.BigIntegerField(db_default=0)),
                ("compacted_at", models.DateTimeField(null=True)),
                ("refreshed_at", models.DateTimeField(null=True)),
                ("refresh_from", models.BigIntegerField(null=True)),
                ("rebuild_from", models.BigIntegerField(null=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="contentitem",
            name="ranking_update",
        ),
        migrations.AddField(
            model_name="contentitem",
            name="likes",
            field=content.models.CountField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="contentitem",
            name="popularity",
            field=content.models.CountedScoreField(db_default=0.0, default=0.0, editable=False),
        ),
        migrations.AddField(
            model_name="contentitem",
            name="prior_score",
            field=content.models.CountedScoreField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="contentitem",
            name="rating_count",
            field=content.models.CountField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="contentitem",
            name="rating_sum",
            field=content.models.CountField(db_default=0, default=0, editable=False),
        ),
        migrations.RunSQL(QUALITY, WITHOUT_QUALITY),
        pgtrigger.migrations.AddTrigger(
            model_name="contentitem",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE is_alone boolean := false; large_rows int;",
                    func='\n    large_rows := coalesce(nullif(current_setting(\'rank_index.large_statement_rows\', true), \'\'), \'10000\')::int;\n    IF current_setting(\'transaction_isolation\') = \'read committed\'\n    AND EXISTS (SELECT FROM new_rows OFFSET large_rows - 1) THEN\n        FOR attempt IN 1..20 LOOP\n            BEGIN\n                LOCK TABLE "content_contentitem_ranking_delta" IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;\n                is_alone := true;\n                EXIT;\n            EXCEPTION\n                WHEN lock_not_available THEN PERFORM pg_sleep(0.1);\n                WHEN insufficient_privilege THEN EXIT;\n            END;\n        END LOOP;\n    END IF; IF is_alone THEN \n        WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_key_quality_score, old_facet_source, old_facet_content_type, old_facet_is_private, new_key_created_at, new_key_id, new_key_quality_score, new_facet_source, new_facet_content_type, new_facet_is_private) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private") IS DISTINCT FROM ROW(present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private"), past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private", present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private") IS DISTINCT FROM ROW(present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private") OR ROW(past."id", past."title", past."content_type", past."source", past."creator_id", past."prompt", past."data", past."metadata", past."tags", past."quality_score", past."is_private", past."hides_prompt", past."seed", past."source_id", past."media_file_id", past."generation_id", past."library_id", past."is_pictured", past."likes", past."created_at") IS DISTINCT FROM ROW(present."id", present."title", present."content_type", present."source", present."creator_id", present."prompt", present."data", present."metadata", present."tags", present."quality_score", present."is_private", present."hides_prompt", present."seed", present."source_id", present."media_file_id", present."generation_id", present."library_id", present."is_pictured", present."likes", present."created_at")\n        ), whole_change AS MATERIALIZED (\n        SELECT facet_source, facet_content_type, facet_is_private, sum(row_count) AS row_count, sum(change_count) AS change_count\n        FROM (\n        SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_key_quality_score AS key_quality_score, old_facet_source AS facet_source, old_facet_content_type AS facet_content_type, old_facet_is_private AS facet_is_private, -1 AS row_count, 1 AS change_count\n        FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_key_quality_score AS key_quality_score, new_facet_source AS facet_source, new_facet_content_type AS facet_content_type, new_facet_is_private AS facet_is_private, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, NULL::double precision, new_facet_source, new_facet_content_type, new_facet_is_private, 0, count(*)\n        FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_source, new_facet_content_type, new_facet_is_private) AS change GROUP BY facet_source, facet_content_type, facet_is_private\n    ), \n    order_0_bound AS MATERIALIZED (\n        SELECT key_created_at, key_id, row_number() OVER (ORDER BY key_created_at, key_id) AS number\n        FROM (SELECT DISTINCT key_created_at, key_id FROM "content_contentitem_newest_ranking_node" WHERE level = 0) AS block\n    ), order_0_numbered AS (\n        SELECT number, facet_source, facet_content_type, facet_is_private, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_created_at, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_source, facet_content_type, facet_is_private, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (\n            SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_facet_source AS facet_source, old_facet_content_type AS facet_content_type, old_facet_is_private AS facet_is_private, -1 AS row_count FROM changed WHERE old_row IS NOT NULL AND is_moved AND ROW(old_key_created_at, old_key_id, old_facet_source, old_facet_content_type, old_facet_is_private) IS DISTINCT FROM ROW(new_key_created_at, new_key_id, new_facet_source, new_facet_content_type, new_facet_is_private)\n            UNION ALL\n            SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_facet_source AS facet_source, new_facet_content_type AS facet_content_type, new_facet_is_private AS facet_is_private, 1 FROM changed WHERE new_row IS NOT NULL AND is_moved AND ROW(old_key_created_at, old_key_id, old_facet_source, old_facet_content_type, old_facet_is_private) IS DISTINCT FROM ROW(new_key_created_at, new_key_id, new_facet_source, new_facet_content_type, new_facet_is_private)) AS change\n                UNION ALL\n                SELECT key_created_at, key_id, NULL, NULL, NULL, 0, 1 FROM order_0_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_source, facet_content_type, facet_is_private HAVING sum(row_count) <> 0\n    ), order_0_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_source, facet_content_type, facet_is_private, row_count FROM order_0_numbered LEFT JOIN order_0_bound AS bound USING (number)\n    ), order_0_counted AS (\n        INSERT INTO "content_contentitem_newest_ranking_node" AS node (level, key_created_at, key_id, facet_source, facet_content_type, facet_is_private, row_count, change_count)\n        SELECT 0, key_created_at, key_id, facet_source, facet_content_type, facet_is_private, row_count, 0 FROM order_0_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_source, facet_content_type, facet_is_private, sum(row_count), 0\n        FROM order_0_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_created_at, key_id FROM "content_contentitem_newest_ranking_node" WHERE level = 1 AND (key_created_at, key_id) <= (in_block.key_created_at, in_block.key_id)\n            ORDER BY key_created_at DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4, 5, 6\n        UNION ALL\n        SELECT 2, \'-infinity\'::timestamptz, \'-9223372036854775808\'::int8, facet_source, facet_content_type, facet_is_private, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_created_at, key_id, facet_source, facet_content_type, facet_is_private) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    ), \n    order_1_bound AS MATERIALIZED (\n        SELECT key_quality_score, key_created_at, key_id, row_number() OVER (ORDER BY key_quality_score, key_created_at, key_id) AS number\n        FROM (SELECT DISTINCT key_quality_score, key_created_at, key_id FROM "content_contentitem_best_ranking_node" WHERE level = 0) AS block\n    ), order_1_numbered AS (\n        SELECT number, facet_source, facet_content_type, facet_is_private, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_quality_score, key_created_at, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_source, facet_content_type, facet_is_private, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (\n            SELECT old_key_quality_score AS key_quality_score, old_key_created_at AS key_created_at, old_key_id AS key_id, old_facet_source AS facet_source, old_facet_content_type AS facet_content_type, old_facet_is_private AS facet_is_private, -1 AS row_count FROM changed WHERE old_row IS NOT NULL AND is_moved AND ROW(old_key_quality_score, old_key_created_at, old_key_id, old_facet_source, old_facet_content_type, old_facet_is_private) IS DISTINCT FROM ROW(new_key_quality_score, new_key_created_at, new_key_id, new_facet_source, new_facet_content_type, new_facet_is_private)\n            UNION ALL\n            SELECT new_key_quality_score AS key_quality_score, new_key_created_at AS key_created_at, new_key_id AS key_id, new_facet_source AS facet_source, new_facet_content_type AS facet_content_type, new_facet_is_private AS facet_is_private, 1 FROM changed WHERE new_row IS NOT NULL AND is_moved AND ROW(old_key_quality_score, old_key_created_at, old_key_id, old_facet_source, old_facet_content_type, old_facet_is_private) IS DISTINCT FROM ROW(new_key_quality_score, new_key_created_at, new_key_id, new_facet_source, new_facet_content_type, new_facet_is_private)) AS change\n                UNION ALL\n                SELECT key_quality_score, key_created_at, key_id, NULL, NULL, NULL, 0, 1 FROM order_1_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_source, facet_content_type, facet_is_private HAVING sum(row_count) <> 0\n    ), order_1_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_quality_score, \'-Infinity\'::float8) AS key_quality_score, coalesce(bound.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_source, facet_content_type, facet_is_private, row_count FROM order_1_numbered LEFT JOIN order_1_bound AS bound USING (number)\n    ), order_1_counted AS (\n        INSERT INTO "content_contentitem_best_ranking_node" AS node (level, key_quality_score, key_created_at, key_id, facet_source, facet_content_type, facet_is_private, row_count, change_count)\n        SELECT 0, key_quality_score, key_created_at, key_id, facet_source, facet_content_type, facet_is_private, row_count, 0 FROM order_1_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_quality_score, \'-Infinity\'::float8) AS key_quality_score, coalesce(found.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_source, facet_content_type, facet_is_private, sum(row_count), 0\n        FROM order_1_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_quality_score, key_created_at, key_id FROM "content_contentitem_best_ranking_node" WHERE level = 1 AND (key_quality_score, key_created_at, key_id) <= (in_block.key_quality_score, in_block.key_created_at, in_block.key_id)\n            ORDER BY key_quality_score DESC, key_created_at DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4, 5, 6, 7\n        UNION ALL\n        SELECT 2, \'-Infinity\'::float8, \'-infinity\'::timestamptz, \'-9223372036854775808\'::int8, facet_source, facet_content_type, facet_is_private, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_quality_score, key_created_at, key_id, facet_source, facet_content_type, facet_is_private) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    )\n        INSERT INTO "content_contentitem_ranking_delta" (key_created_at, key_id, key_quality_score, facet_source, facet_content_type, facet_is_private, row_count, change_count)\n        (SELECT DISTINCT ON (key_created_at, key_id) key_created_at, key_id, NULL::double precision, facet_source, facet_content_type, facet_is_private, 0, 0 FROM order_0_in_block\n        WHERE (key_created_at, key_id) IN (SELECT key_created_at, key_id FROM order_0_in_block GROUP BY key_created_at, key_id HAVING sum(row_count) <> 0)) UNION ALL (SELECT DISTINCT ON (key_quality_score, key_created_at, key_id) key_created_at, key_id, key_quality_score, facet_source, facet_content_type, facet_is_private, 0, 0 FROM order_1_in_block\n        WHERE (key_quality_score, key_created_at, key_id) IN (SELECT key_quality_score, key_created_at, key_id FROM order_1_in_block GROUP BY key_quality_score, key_created_at, key_id HAVING sum(row_count) <> 0)); ELSE INSERT INTO "content_contentitem_ranking_delta" (key_created_at, key_id, key_quality_score, facet_source, facet_content_type, facet_is_private, row_count, change_count) WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_key_quality_score, old_facet_source, old_facet_content_type, old_facet_is_private, new_key_created_at, new_key_id, new_key_quality_score, new_facet_source, new_facet_content_type, new_facet_is_private) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private") IS DISTINCT FROM ROW(present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private"), past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private", present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private") IS DISTINCT FROM ROW(present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private") OR ROW(past."id", past."title", past."content_type", past."source", past."creator_id", past."prompt", past."data", past."metadata", past."tags", past."quality_score", past."is_private", past."hides_prompt", past."seed", past."source_id", past."media_file_id", past."generation_id", past."library_id", past."is_pictured", past."likes", past."created_at") IS DISTINCT FROM ROW(present."id", present."title", present."content_type", present."source", present."creator_id", present."prompt", present."data", present."metadata", present."tags", present."quality_score", present."is_private", present."hides_prompt", present."seed", present."source_id", present."media_file_id", present."generation_id", present."library_id", present."is_pictured", present."likes", present."created_at")\n        ) \n        SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_key_quality_score AS key_quality_score, old_facet_source AS facet_source, old_facet_content_type AS facet_content_type, old_facet_is_private AS facet_is_private, -1 AS row_count, 1 AS change_count\n        FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_key_quality_score AS key_quality_score, new_facet_source AS facet_source, new_facet_content_type AS facet_content_type, new_facet_is_private AS facet_is_private, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, NULL::double precision, new_facet_source, new_facet_content_type, new_facet_is_private, 0, count(*)\n        FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_source, new_facet_content_type, new_facet_is_private; END IF; RETURN NULL;',
                    hash="6aaa29f050671de5fa1466a81c6bb63594552524",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_840e0",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="content_contentitem",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="countdelta",
            index=models.Index(
                models.F("content_id"),
                condition=models.Q(("likes", 0), _negated=True),
                include=("id", "owner_id", "likes"),
                name="count_delta_likes",
            ),
        ),
        migrations.AddConstraint(
            model_name="countstate",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="count_state_is_one_row"),
        ),
    ]
