"""Stacks: works that were made alike. 0051 has the indexes; content/stacks.py puts works that there are into stacks."""

import uuid

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import content.models
from genonaut.database.online_migrations import LimitLockWait

STACK_OF = """
CREATE FUNCTION content_stack_of(item content_contentitem) RETURNS bigint LANGUAGE sql STABLE AS $$
    -- The stack of a work: a hash of all that works of one stack have in common. NULL of a work in the trash, and of one
    -- whose generator wrote no prompt. Public and private works are never in one stack, nor are those that hide their
    -- prompts and those that show them, or works of two levels.
    SELECT ('x' || left(encode(sha256(convert_to(jsonb_build_array(
        (SELECT salt FROM content_stackstate), item.creator_id, CASE WHEN item.creator_id IS NULL THEN item.library_id END,
        item.content_type, item.source, item.is_private, item.level, item.hides_prompt,
        made.generator, made.prompt, made.negative_prompt, made.model_id, made.loras, made.lora_weights,
        made.sampler, made.scheduler, made.steps, made.cfg,
        coalesce(made.width, file.width), coalesce(made.height, file.height)
    )::text, 'UTF8')), 'hex'), 16))::bit(64)::bigint & 9223372036854775807
    FROM media_generationdata AS made LEFT JOIN media_mediafile AS file ON file.id = item.media_file_id
    WHERE made.id = item.generation_id AND made.prompt <> '' AND item.trashed_at IS NULL
$$;
"""
WRITE = """
CREATE FUNCTION content_stack() RETURNS trigger LANGUAGE plpgsql AS $$
-- Who comes to a stack leads it, beside the one that did, until its leader is chosen again.
BEGIN
    NEW.stack := content_stack_of(NEW);
    IF TG_OP = 'INSERT' OR NEW.stack IS DISTINCT FROM OLD.stack THEN
        NEW.leads_stack := true;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER content_stack_insert BEFORE INSERT ON content_contentitem
FOR EACH ROW WHEN (NEW.generation_id IS NOT NULL OR NEW.stack IS NOT NULL) EXECUTE FUNCTION content_stack();
CREATE TRIGGER content_stack_update BEFORE UPDATE ON content_contentitem
FOR EACH ROW WHEN (
    (NEW.generation_id IS NOT NULL AND NEW.stack IS NULL AND NEW.trashed_at IS NULL)
    OR ((OLD.stack IS NOT NULL OR NEW.stack IS NOT NULL OR NEW.generation_id IS NOT NULL)
        AND (OLD.creator_id, OLD.library_id, OLD.content_type, OLD.source, OLD.is_private, OLD.level,
            OLD.trashed_at, OLD.hides_prompt, OLD.media_file_id, OLD.generation_id, OLD.stack)
        IS DISTINCT FROM (NEW.creator_id, NEW.library_id, NEW.content_type, NEW.source, NEW.is_private, NEW.level,
            NEW.trashed_at, NEW.hides_prompt, NEW.media_file_id, NEW.generation_id, NEW.stack))
) EXECUTE FUNCTION content_stack();
"""
NOTE = """
CREATE FUNCTION content_stack_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO content_stackchange (stack) SELECT DISTINCT stack FROM new_rows WHERE stack IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER content_stack_came AFTER INSERT ON content_contentitem REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION content_stack_came();

CREATE FUNCTION content_stack_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO content_stackchange (stack) SELECT DISTINCT stack FROM old_rows WHERE stack IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER content_stack_gone AFTER DELETE ON content_contentitem REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION content_stack_gone();

CREATE FUNCTION content_stack_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO content_stackchange (stack)
    SELECT DISTINCT stack FROM (VALUES (OLD.stack), (NEW.stack)) AS changed (stack) WHERE stack IS NOT NULL;
    RETURN NULL;
END
$$;
-- For each row: almost all updates change no stack, and this condition then is all that they cost. A statement would have
-- to join the rows before and after.
CREATE TRIGGER content_stack_moved AFTER UPDATE ON content_contentitem FOR EACH ROW
WHEN ((OLD.stack, OLD.created_at) IS DISTINCT FROM (NEW.stack, NEW.created_at)) EXECUTE FUNCTION content_stack_moved();
"""
REREAD = """
CREATE OR REPLACE FUNCTION content_generation_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE content_contentitem SET search_words = NULL{stack} WHERE generation_id = NEW.id;
    RETURN NULL;
END
$$;
"""
FIRST = "INSERT INTO content_stackstate (id, salt) VALUES (1, gen_random_uuid());"
FORWARD = "".join([STACK_OF, WRITE, NOTE, REREAD.format(stack=", stack = NULL"), FIRST])
TRIGGERS = {
    "stack": ["stack_insert", "stack_update"],
    **{f"stack_{name}": [f"stack_{name}"] for name in ("came", "gone", "moved")},
}
BACKWARD = "".join(
    [
        REREAD.format(stack=""),
        *(
            "".join(f"DROP TRIGGER content_{trigger} ON content_contentitem; " for trigger in triggers)
            + f"DROP FUNCTION content_{function}();\n"
            for function, triggers in TRIGGERS.items()
        ),
        "DROP FUNCTION content_stack_of(content_contentitem);",
    ]
)


class Migration(migrations.Migration):
    dependencies = [("content", "0043_build_rankings"), ("media", "0010_public_names")]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="StackChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("stack", models.BigIntegerField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="StackState",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("salt", models.UUIDField(default=uuid.uuid4)),
                ("build_from", models.BigIntegerField(db_default=0)),
                ("is_built", models.BooleanField(db_default=False)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="stackstate",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="stack_state_is_one_row"),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="contentitem",
            name="ranking_update",
        ),
        migrations.AddField(
            model_name="contentitem",
            name="leads_stack",
            field=content.models.LeaderField(db_default=True, default=True, editable=False),
        ),
        migrations.AddField(
            model_name="contentitem",
            name="stack",
            field=content.models.StackField(editable=False, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contentitem",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE is_alone boolean := false; large_rows int;",
                    func='\n    large_rows := coalesce(nullif(current_setting(\'rank_index.large_statement_rows\', true), \'\'), \'10000\')::int;\n    IF current_setting(\'transaction_isolation\') = \'read committed\'\n    AND EXISTS (SELECT FROM new_rows OFFSET large_rows - 1) THEN\n        FOR attempt IN 1..20 LOOP\n            BEGIN\n                LOCK TABLE "content_contentitem_ranking_delta" IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;\n                is_alone := true;\n                EXIT;\n            EXCEPTION\n                WHEN lock_not_available THEN PERFORM pg_sleep(0.1);\n                WHEN insufficient_privilege THEN EXIT;\n            END;\n        END LOOP;\n    END IF; IF is_alone THEN \n        WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_key_quality_score, old_facet_source, old_facet_content_type, old_facet_is_private, old_facet_level, new_key_created_at, new_key_id, new_key_quality_score, new_facet_source, new_facet_content_type, new_facet_is_private, new_facet_level) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private", past."level") IS DISTINCT FROM ROW(present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private", present."level"), past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private", past."level", present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private", present."level"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private", past."level") IS DISTINCT FROM ROW(present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private", present."level") OR ROW(past."id", past."title", past."content_type", past."source", past."creator_id", past."prompt", past."data", past."metadata", past."tags", past."quality_score", past."is_private", past."level", past."trashed_at", past."hides_prompt", past."seed", past."source_id", past."media_file_id", past."generation_id", past."library_id", past."is_pictured", past."likes", past."created_at", past."stack", past."leads_stack") IS DISTINCT FROM ROW(present."id", present."title", present."content_type", present."source", present."creator_id", present."prompt", present."data", present."metadata", present."tags", present."quality_score", present."is_private", present."level", present."trashed_at", present."hides_prompt", present."seed", present."source_id", present."media_file_id", present."generation_id", present."library_id", present."is_pictured", present."likes", present."created_at", present."stack", present."leads_stack")\n        ), whole_change AS MATERIALIZED (\n        SELECT facet_source, facet_content_type, facet_is_private, facet_level, sum(row_count) AS row_count, sum(change_count) AS change_count\n        FROM (\n        SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_key_quality_score AS key_quality_score, old_facet_source AS facet_source, old_facet_content_type AS facet_content_type, old_facet_is_private AS facet_is_private, old_facet_level AS facet_level, -1 AS row_count, 1 AS change_count\n        FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_key_quality_score AS key_quality_score, new_facet_source AS facet_source, new_facet_content_type AS facet_content_type, new_facet_is_private AS facet_is_private, new_facet_level AS facet_level, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, NULL::double precision, new_facet_source, new_facet_content_type, new_facet_is_private, new_facet_level, 0, count(*)\n        FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_source, new_facet_content_type, new_facet_is_private, new_facet_level) AS change GROUP BY facet_source, facet_content_type, facet_is_private, facet_level\n    ), \n    order_0_bound AS MATERIALIZED (\n        SELECT key_created_at, key_id, row_number() OVER (ORDER BY key_created_at, key_id) AS number\n        FROM (SELECT DISTINCT key_created_at, key_id FROM "content_contentitem_newest_ranking_node" WHERE level = 0) AS block\n    ), order_0_numbered AS (\n        SELECT number, facet_source, facet_content_type, facet_is_private, facet_level, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_created_at, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_source, facet_content_type, facet_is_private, facet_level, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (\n            SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_facet_source AS facet_source, old_facet_content_type AS facet_content_type, old_facet_is_private AS facet_is_private, old_facet_level AS facet_level, -1 AS row_count FROM changed WHERE old_row IS NOT NULL AND is_moved AND ROW(old_key_created_at, old_key_id, old_facet_source, old_facet_content_type, old_facet_is_private, old_facet_level) IS DISTINCT FROM ROW(new_key_created_at, new_key_id, new_facet_source, new_facet_content_type, new_facet_is_private, new_facet_level)\n            UNION ALL\n            SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_facet_source AS facet_source, new_facet_content_type AS facet_content_type, new_facet_is_private AS facet_is_private, new_facet_level AS facet_level, 1 FROM changed WHERE new_row IS NOT NULL AND is_moved AND ROW(old_key_created_at, old_key_id, old_facet_source, old_facet_content_type, old_facet_is_private, old_facet_level) IS DISTINCT FROM ROW(new_key_created_at, new_key_id, new_facet_source, new_facet_content_type, new_facet_is_private, new_facet_level)) AS change\n                UNION ALL\n                SELECT key_created_at, key_id, NULL, NULL, NULL, NULL, 0, 1 FROM order_0_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_source, facet_content_type, facet_is_private, facet_level HAVING sum(row_count) <> 0\n    ), order_0_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_source, facet_content_type, facet_is_private, facet_level, row_count FROM order_0_numbered LEFT JOIN order_0_bound AS bound USING (number)\n    ), order_0_counted AS (\n        INSERT INTO "content_contentitem_newest_ranking_node" AS node (level, key_created_at, key_id, facet_source, facet_content_type, facet_is_private, facet_level, row_count, change_count)\n        SELECT 0, key_created_at, key_id, facet_source, facet_content_type, facet_is_private, facet_level, row_count, 0 FROM order_0_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_source, facet_content_type, facet_is_private, facet_level, sum(row_count), 0\n        FROM order_0_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_created_at, key_id FROM "content_contentitem_newest_ranking_node" WHERE level = 1 AND (key_created_at, key_id) <= (in_block.key_created_at, in_block.key_id)\n            ORDER BY key_created_at DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4, 5, 6, 7\n        UNION ALL\n        SELECT 2, \'-infinity\'::timestamptz, \'-9223372036854775808\'::int8, facet_source, facet_content_type, facet_is_private, facet_level, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_created_at, key_id, facet_source, facet_content_type, facet_is_private, facet_level) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    ), \n    order_1_bound AS MATERIALIZED (\n        SELECT key_quality_score, key_created_at, key_id, row_number() OVER (ORDER BY key_quality_score, key_created_at, key_id) AS number\n        FROM (SELECT DISTINCT key_quality_score, key_created_at, key_id FROM "content_contentitem_best_ranking_node" WHERE level = 0) AS block\n    ), order_1_numbered AS (\n        SELECT number, facet_source, facet_content_type, facet_is_private, facet_level, sum(row_count) AS row_count FROM (\n            SELECT sum(is_bound) OVER (ORDER BY key_quality_score, key_created_at, key_id, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,\n                is_bound, facet_source, facet_content_type, facet_is_private, facet_level, row_count\n            FROM (\n                SELECT *, 0 AS is_bound FROM (\n            SELECT old_key_quality_score AS key_quality_score, old_key_created_at AS key_created_at, old_key_id AS key_id, old_facet_source AS facet_source, old_facet_content_type AS facet_content_type, old_facet_is_private AS facet_is_private, old_facet_level AS facet_level, -1 AS row_count FROM changed WHERE old_row IS NOT NULL AND is_moved AND ROW(old_key_quality_score, old_key_created_at, old_key_id, old_facet_source, old_facet_content_type, old_facet_is_private, old_facet_level) IS DISTINCT FROM ROW(new_key_quality_score, new_key_created_at, new_key_id, new_facet_source, new_facet_content_type, new_facet_is_private, new_facet_level)\n            UNION ALL\n            SELECT new_key_quality_score AS key_quality_score, new_key_created_at AS key_created_at, new_key_id AS key_id, new_facet_source AS facet_source, new_facet_content_type AS facet_content_type, new_facet_is_private AS facet_is_private, new_facet_level AS facet_level, 1 FROM changed WHERE new_row IS NOT NULL AND is_moved AND ROW(old_key_quality_score, old_key_created_at, old_key_id, old_facet_source, old_facet_content_type, old_facet_is_private, old_facet_level) IS DISTINCT FROM ROW(new_key_quality_score, new_key_created_at, new_key_id, new_facet_source, new_facet_content_type, new_facet_is_private, new_facet_level)) AS change\n                UNION ALL\n                SELECT key_quality_score, key_created_at, key_id, NULL, NULL, NULL, NULL, 0, 1 FROM order_1_bound\n            ) AS event\n        ) AS placed WHERE is_bound = 0 GROUP BY number, facet_source, facet_content_type, facet_is_private, facet_level HAVING sum(row_count) <> 0\n    ), order_1_in_block AS MATERIALIZED (\n        SELECT coalesce(bound.key_quality_score, \'-Infinity\'::float8) AS key_quality_score, coalesce(bound.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(bound.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_source, facet_content_type, facet_is_private, facet_level, row_count FROM order_1_numbered LEFT JOIN order_1_bound AS bound USING (number)\n    ), order_1_counted AS (\n        INSERT INTO "content_contentitem_best_ranking_node" AS node (level, key_quality_score, key_created_at, key_id, facet_source, facet_content_type, facet_is_private, facet_level, row_count, change_count)\n        SELECT 0, key_quality_score, key_created_at, key_id, facet_source, facet_content_type, facet_is_private, facet_level, row_count, 0 FROM order_1_in_block\n        UNION ALL\n        SELECT 1, coalesce(found.key_quality_score, \'-Infinity\'::float8) AS key_quality_score, coalesce(found.key_created_at, \'-infinity\'::timestamptz) AS key_created_at, coalesce(found.key_id, \'-9223372036854775808\'::int8) AS key_id, facet_source, facet_content_type, facet_is_private, facet_level, sum(row_count), 0\n        FROM order_1_in_block AS in_block LEFT JOIN LATERAL (\n            SELECT key_quality_score, key_created_at, key_id FROM "content_contentitem_best_ranking_node" WHERE level = 1 AND (key_quality_score, key_created_at, key_id) <= (in_block.key_quality_score, in_block.key_created_at, in_block.key_id)\n            ORDER BY key_quality_score DESC, key_created_at DESC, key_id DESC LIMIT 1\n        ) AS found ON true\n        GROUP BY 2, 3, 4, 5, 6, 7, 8\n        UNION ALL\n        SELECT 2, \'-Infinity\'::float8, \'-infinity\'::timestamptz, \'-9223372036854775808\'::int8, facet_source, facet_content_type, facet_is_private, facet_level, row_count, change_count FROM whole_change\n        ON CONFLICT (level, key_quality_score, key_created_at, key_id, facet_source, facet_content_type, facet_is_private, facet_level) DO UPDATE\n        SET row_count = node.row_count + excluded.row_count,\n            change_count = node.change_count + excluded.change_count\n    )\n        INSERT INTO "content_contentitem_ranking_delta" (key_created_at, key_id, key_quality_score, facet_source, facet_content_type, facet_is_private, facet_level, row_count, change_count)\n        (SELECT DISTINCT ON (key_created_at, key_id) key_created_at, key_id, NULL::double precision, facet_source, facet_content_type, facet_is_private, facet_level, 0, 0 FROM order_0_in_block\n        WHERE (key_created_at, key_id) IN (SELECT key_created_at, key_id FROM order_0_in_block GROUP BY key_created_at, key_id HAVING sum(row_count) <> 0)) UNION ALL (SELECT DISTINCT ON (key_quality_score, key_created_at, key_id) key_created_at, key_id, key_quality_score, facet_source, facet_content_type, facet_is_private, facet_level, 0, 0 FROM order_1_in_block\n        WHERE (key_quality_score, key_created_at, key_id) IN (SELECT key_quality_score, key_created_at, key_id FROM order_1_in_block GROUP BY key_quality_score, key_created_at, key_id HAVING sum(row_count) <> 0)); ELSE INSERT INTO "content_contentitem_ranking_delta" (key_created_at, key_id, key_quality_score, facet_source, facet_content_type, facet_is_private, facet_level, row_count, change_count) WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_key_quality_score, old_facet_source, old_facet_content_type, old_facet_is_private, old_facet_level, new_key_created_at, new_key_id, new_key_quality_score, new_facet_source, new_facet_content_type, new_facet_is_private, new_facet_level) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private", past."level") IS DISTINCT FROM ROW(present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private", present."level"), past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private", past."level", present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private", present."level"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private", past."level") IS DISTINCT FROM ROW(present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private", present."level") OR ROW(past."id", past."title", past."content_type", past."source", past."creator_id", past."prompt", past."data", past."metadata", past."tags", past."quality_score", past."is_private", past."level", past."trashed_at", past."hides_prompt", past."seed", past."source_id", past."media_file_id", past."generation_id", past."library_id", past."is_pictured", past."likes", past."created_at", past."stack", past."leads_stack") IS DISTINCT FROM ROW(present."id", present."title", present."content_type", present."source", present."creator_id", present."prompt", present."data", present."metadata", present."tags", present."quality_score", present."is_private", present."level", present."trashed_at", present."hides_prompt", present."seed", present."source_id", present."media_file_id", present."generation_id", present."library_id", present."is_pictured", present."likes", present."created_at", present."stack", present."leads_stack")\n        ) \n        SELECT old_key_created_at AS key_created_at, old_key_id AS key_id, old_key_quality_score AS key_quality_score, old_facet_source AS facet_source, old_facet_content_type AS facet_content_type, old_facet_is_private AS facet_is_private, old_facet_level AS facet_level, -1 AS row_count, 1 AS change_count\n        FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at AS key_created_at, new_key_id AS key_id, new_key_quality_score AS key_quality_score, new_facet_source AS facet_source, new_facet_content_type AS facet_content_type, new_facet_is_private AS facet_is_private, new_facet_level AS facet_level, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, NULL::double precision, new_facet_source, new_facet_content_type, new_facet_is_private, new_facet_level, 0, count(*)\n        FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_source, new_facet_content_type, new_facet_is_private, new_facet_level; END IF; RETURN NULL;',
                    hash="4d5aa11e8f702915e8a5839b3d670e2d6b26c381",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_840e0",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="content_contentitem",
                    when="AFTER",
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="contentitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("stack__isnull", False), ("leads_stack", True), _connector="OR"),
                name="content_alone_leads_itself",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
