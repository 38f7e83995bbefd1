"""Works that hide their prompts are counted by tag and creator, and by no model."""

from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait

WORKS = """
CREATE OR REPLACE FUNCTION catalog_note_new_works() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_catalogdelta (tags, creator_id, model_ids, works)
    SELECT tags, creator_id,
        CASE WHEN NOT hides_prompt THEN media_models(generation_id) END, 1 FROM new_rows
    WHERE NOT is_private AND (tags <> '{}' OR coalesce(creator_id, generation_id) IS NOT NULL);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION catalog_note_old_works() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_catalogdelta (tags, creator_id, model_ids, works)
    SELECT tags, creator_id,
        CASE WHEN NOT hides_prompt THEN media_models(generation_id) END, -1 FROM old_rows
    WHERE NOT is_private AND (tags <> '{}' OR coalesce(creator_id, generation_id) IS NOT NULL);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION catalog_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
-- Of what stayed as it was nothing is noted.
DECLARE
    is_as_private boolean := OLD.is_private = NEW.is_private;
    has_same_tags boolean := OLD.tags = NEW.tags AND is_as_private;
    has_same_creator boolean := OLD.creator_id IS NOT DISTINCT FROM NEW.creator_id AND is_as_private;
    has_same_generation boolean := OLD.generation_id IS NOT DISTINCT FROM NEW.generation_id AND is_as_private
        AND OLD.hides_prompt = NEW.hides_prompt;
BEGIN
    INSERT INTO catalog_catalogdelta (tags, creator_id, model_ids, works)
    SELECT CASE WHEN NOT has_same_tags THEN tags END, CASE WHEN NOT has_same_creator THEN creator_id END,
        CASE WHEN NOT has_same_generation AND NOT hides_prompt THEN media_models(generation_id) END, works
    FROM (VALUES
        (OLD.tags, OLD.creator_id, OLD.generation_id, OLD.is_private, OLD.hides_prompt, -1),
        (NEW.tags, NEW.creator_id, NEW.generation_id, NEW.is_private, NEW.hides_prompt, 1)
    ) AS noted (tags, creator_id, generation_id, is_private, hides_prompt, works)
    WHERE NOT is_private;
    RETURN NULL;
END
$$;

DROP TRIGGER catalog_update ON content_contentitem;
CREATE TRIGGER catalog_update AFTER UPDATE ON content_contentitem FOR EACH ROW
WHEN ((OLD.tags, OLD.creator_id, OLD.generation_id, OLD.is_private, OLD.hides_prompt)
    IS DISTINCT FROM (NEW.tags, NEW.creator_id, NEW.generation_id, NEW.is_private, NEW.hides_prompt))
EXECUTE FUNCTION catalog_note_change();

CREATE OR REPLACE FUNCTION catalog_note_generation() RETURNS trigger LANGUAGE plpgsql AS $$
-- The same content may be several works, public and private, and hide what it was made with.
BEGIN
    INSERT INTO catalog_catalogdelta (model_ids, works)
    SELECT noted.model_ids, noted.works
    FROM content_contentitem AS item
    CROSS JOIN (VALUES
        (ARRAY(SELECT DISTINCT unnest(array_append(OLD.loras, OLD.model_id))), -1),
        (ARRAY(SELECT DISTINCT unnest(array_append(NEW.loras, NEW.model_id))), 1)
    ) AS noted (model_ids, works)
    WHERE item.generation_id = NEW.id AND NOT item.is_private AND NOT item.hides_prompt;
    RETURN NULL;
END
$$;
"""
# As in 0005.
WORKS_BEFORE = """
CREATE OR REPLACE FUNCTION catalog_note_new_works() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_catalogdelta (tags, creator_id, model_ids, works)
    SELECT tags, creator_id, media_models(generation_id), 1 FROM new_rows
    WHERE NOT is_private AND (tags <> '{}' OR coalesce(creator_id, generation_id) IS NOT NULL);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION catalog_note_old_works() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_catalogdelta (tags, creator_id, model_ids, works)
    SELECT tags, creator_id, media_models(generation_id), -1 FROM old_rows
    WHERE NOT is_private AND (tags <> '{}' OR coalesce(creator_id, generation_id) IS NOT NULL);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION catalog_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
-- Of what stayed as it was nothing is noted.
DECLARE
    is_as_private boolean := OLD.is_private = NEW.is_private;
    has_same_tags boolean := OLD.tags = NEW.tags AND is_as_private;
    has_same_creator boolean := OLD.creator_id IS NOT DISTINCT FROM NEW.creator_id AND is_as_private;
    has_same_generation boolean := OLD.generation_id IS NOT DISTINCT FROM NEW.generation_id AND is_as_private;
BEGIN
    INSERT INTO catalog_catalogdelta (tags, creator_id, model_ids, works)
    SELECT CASE WHEN NOT has_same_tags THEN tags END, CASE WHEN NOT has_same_creator THEN creator_id END,
        CASE WHEN NOT has_same_generation THEN media_models(generation_id) END, works
    FROM (VALUES
        (OLD.tags, OLD.creator_id, OLD.generation_id, OLD.is_private, -1),
        (NEW.tags, NEW.creator_id, NEW.generation_id, NEW.is_private, 1)
    ) AS noted (tags, creator_id, generation_id, is_private, works)
    WHERE NOT is_private;
    RETURN NULL;
END
$$;

DROP TRIGGER catalog_update ON content_contentitem;
CREATE TRIGGER catalog_update AFTER UPDATE ON content_contentitem FOR EACH ROW
WHEN ((OLD.tags, OLD.creator_id, OLD.generation_id, OLD.is_private)
    IS DISTINCT FROM (NEW.tags, NEW.creator_id, NEW.generation_id, NEW.is_private))
EXECUTE FUNCTION catalog_note_change();

CREATE OR REPLACE FUNCTION catalog_note_generation() RETURNS trigger LANGUAGE plpgsql AS $$
-- The same content may be several works, public and private.
BEGIN
    INSERT INTO catalog_catalogdelta (model_ids, works)
    SELECT noted.model_ids, noted.works
    FROM content_contentitem AS item
    CROSS JOIN (VALUES
        (ARRAY(SELECT DISTINCT unnest(array_append(OLD.loras, OLD.model_id))), -1),
        (ARRAY(SELECT DISTINCT unnest(array_append(NEW.loras, NEW.model_id))), 1)
    ) AS noted (model_ids, works)
    WHERE item.generation_id = NEW.id AND NOT item.is_private;
    RETURN NULL;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_count"), ("content", "0022_hidden_prompts")]

    operations = [LimitLockWait(), migrations.RunSQL(WORKS, WORKS_BEFORE)]
