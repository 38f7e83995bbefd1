"""The switch that hides a work's prompt, and the words of works that do. No row is rewritten: none hides it yet."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait

FUNCTION = r"""
CREATE OR REPLACE FUNCTION content_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
-- Title, prompt and tags, each a text of its own. Then words without a place: those of the title, each tag as a whole, the
-- creator by id, since an account may change its name, and what the file and its generator say. Of a hidden prompt, and
-- of what the generator said with it, there are no words: no list and no total tells of them.
DECLARE
    prompt text := CASE WHEN NEW.hides_prompt THEN '' ELSE NEW.prompt END;
    generation_id bigint := CASE WHEN NOT NEW.hides_prompt THEN NEW.generation_id END;
    title tsvector := to_tsvector('genonaut_words', replace(genonaut_search_text(NEW.title), E'\x01', ' a-a '));
    names text := '^' || array_to_string(tsvector_to_array(title), E'\x01^');
BEGIN
    IF NEW.tags <> '{}' THEN
        names := names || E'\x01#' || array_to_string(genonaut_tag_keys(NEW.tags), E'\x01#');
    END IF;
    IF NEW.creator_id IS NOT NULL THEN
        names := names || E'\x01@' || NEW.creator_id;
    END IF;
    IF coalesce(NEW.media_file_id, generation_id, NEW.library_id) IS NOT NULL THEN
        names := names || E'\x01=' || array_to_string(
            media_words(NEW.media_file_id, generation_id, NEW.library_id), E'\x01=');
    END IF;
    -- 'a-a' leaves a gap: no phrase reaches from one text into the next.
    NEW.search_words := title
        || to_tsvector('genonaut_words', 'a-a ' || replace(
            genonaut_search_text(prompt || E' \x01 ' || array_to_string(NEW.tags, E' \x01 ')), E'\x01', ' a-a '))
        || array_to_tsvector(string_to_array(names, E'\x01'));
    RETURN NEW;
END
$$;

DROP TRIGGER content_search_words_update ON content_contentitem;
CREATE TRIGGER content_search_words_update BEFORE UPDATE ON content_contentitem
FOR EACH ROW WHEN (
    NEW.search_words IS NULL
    OR (OLD.title, OLD.prompt, OLD.tags, OLD.creator_id, OLD.media_file_id, OLD.generation_id, OLD.library_id,
        OLD.hides_prompt, OLD.search_words)
        IS DISTINCT FROM (NEW.title, NEW.prompt, NEW.tags, NEW.creator_id, NEW.media_file_id, NEW.generation_id,
        NEW.library_id, NEW.hides_prompt, NEW.search_words)
) EXECUTE FUNCTION content_search_words();
"""
FUNCTION_BEFORE = r"""
CREATE OR REPLACE FUNCTION content_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
-- As in 0019.
DECLARE
    title tsvector := to_tsvector('genonaut_words', replace(genonaut_search_text(NEW.title), E'\x01', ' a-a '));
    names text := '^' || array_to_string(tsvector_to_array(title), E'\x01^');
BEGIN
    IF NEW.tags <> '{}' THEN
        names := names || E'\x01#' || array_to_string(genonaut_tag_keys(NEW.tags), E'\x01#');
    END IF;
    IF NEW.creator_id IS NOT NULL THEN
        names := names || E'\x01@' || NEW.creator_id;
    END IF;
    IF coalesce(NEW.media_file_id, NEW.generation_id, NEW.library_id) IS NOT NULL THEN
        names := names || E'\x01=' || array_to_string(
            media_words(NEW.media_file_id, NEW.generation_id, NEW.library_id), E'\x01=');
    END IF;
    -- 'a-a' leaves a gap: no phrase reaches from one text into the next.
    NEW.search_words := title
        || to_tsvector('genonaut_words', 'a-a ' || replace(
            genonaut_search_text(NEW.prompt || E' \x01 ' || array_to_string(NEW.tags, E' \x01 ')), E'\x01', ' a-a '))
        || array_to_tsvector(string_to_array(names, E'\x01'));
    RETURN NEW;
END
$$;

DROP TRIGGER content_search_words_update ON content_contentitem;
CREATE TRIGGER content_search_words_update BEFORE UPDATE ON content_contentitem
FOR EACH ROW WHEN (
    NEW.search_words IS NULL
    OR (OLD.title, OLD.prompt, OLD.tags, OLD.creator_id, OLD.media_file_id, OLD.generation_id, OLD.library_id,
        OLD.search_words)
        IS DISTINCT FROM (NEW.title, NEW.prompt, NEW.tags, NEW.creator_id, NEW.media_file_id, NEW.generation_id,
        NEW.library_id, NEW.search_words)
) EXECUTE FUNCTION content_search_words();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0021_model_namings"),
    ]

    operations = [
        LimitLockWait(),
        pgtrigger.migrations.RemoveTrigger(
            model_name="contentitem",
            name="ranking_update",
        ),
        migrations.AddField(
            model_name="contentitem",
            name="hides_prompt",
            field=models.BooleanField(db_default=False, default=False, verbose_name="prompt hidden"),
        ),
        migrations.RunSQL(FUNCTION, FUNCTION_BEFORE),
        pgtrigger.migrations.AddTrigger(
            model_name="contentitem",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='\n        INSERT INTO "content_contentitem_ranking_delta" (key_created_at, key_id, key_quality_score, facet_source, facet_content_type, facet_is_private, row_count, change_count)\n        WITH changed (old_row, new_row, is_moved, old_key_created_at, old_key_id, old_key_quality_score, old_facet_source, old_facet_content_type, old_facet_is_private, new_key_created_at, new_key_id, new_key_quality_score, new_facet_source, new_facet_content_type, new_facet_is_private) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private") IS DISTINCT FROM ROW(present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private"), past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private", present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."created_at", past."id", COALESCE(past."quality_score",  -1.0), past."source", past."content_type", past."is_private") IS DISTINCT FROM ROW(present."created_at", present."id", COALESCE(present."quality_score",  -1.0), present."source", present."content_type", present."is_private") OR ROW(past."id", past."title", past."content_type", past."source", past."creator_id", past."prompt", past."data", past."metadata", past."tags", past."quality_score", past."is_private", past."hides_prompt", past."seed", past."source_id", past."media_file_id", past."generation_id", past."library_id", past."is_pictured", past."created_at") IS DISTINCT FROM ROW(present."id", present."title", present."content_type", present."source", present."creator_id", present."prompt", present."data", present."metadata", present."tags", present."quality_score", present."is_private", present."hides_prompt", present."seed", present."source_id", present."media_file_id", present."generation_id", present."library_id", present."is_pictured", present."created_at")\n        )\n        SELECT old_key_created_at, old_key_id, old_key_quality_score, old_facet_source, old_facet_content_type, old_facet_is_private, -1, 1 FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_created_at, new_key_id, new_key_quality_score, new_facet_source, new_facet_content_type, new_facet_is_private, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::timestamp with time zone, NULL::bigint, NULL::double precision, new_facet_source, new_facet_content_type, new_facet_is_private, 0, count(*) FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_source, new_facet_content_type, new_facet_is_private; RETURN NULL;',
                    hash="af6d21170dc0107f27704935bfc7bca0c09fe3d7",
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
