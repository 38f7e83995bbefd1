"""Works that are texts are found by what they say. 0084 fills the column for those that are there."""

from importlib import import_module

from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait

FUNCTION = r"""
CREATE OR REPLACE FUNCTION content_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
-- Title, prompt, tags and what a text says, each a text of its own. Then words without a place: those of the title, each tag as a whole, the
-- creator by id, since an account may change its name, and what the file and its generator say. Of a hidden prompt, and
-- of what the generator said with it, there are no words: no list and no total tells of them.
DECLARE
    prompt text := CASE WHEN NEW.hides_prompt THEN '' ELSE NEW.prompt END;
    generation_id bigint := CASE WHEN NOT NEW.hides_prompt THEN NEW.generation_id END;
    title tsvector := to_tsvector('genonaut_words', replace(genonaut_search_text(NEW.title), E'\x01', ' a-a '));
    names text := '^' || array_to_string(tsvector_to_array(title), E'\x01^');
    -- What other works keep here is no text.
    verse text := CASE WHEN NEW.content_type = 'text' THEN left(NEW.data, 10000) END;
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
        || to_tsvector('genonaut_words', 'a-a ' || replace(genonaut_search_text(
            concat_ws(E' \x01 ', prompt, array_to_string(NEW.tags, E' \x01 '), verse)), E'\x01', ' a-a '))
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
    OR OLD.content_type <> NEW.content_type
    OR (NEW.content_type = 'text' AND OLD.data <> NEW.data)
) EXECUTE FUNCTION content_search_words();
"""
BEFORE = import_module("content.migrations.0022_hidden_prompts").FUNCTION


class Migration(migrations.Migration):
    dependencies = [("content", "0082_past_decisions")]

    operations = [LimitLockWait(), migrations.RunSQL(FUNCTION, BEFORE)]
