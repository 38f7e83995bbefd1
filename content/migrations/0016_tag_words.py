"""The words of an item with each tag as a whole and the words of its title once more; 0017 writes them.

One look into one index then answers `?q=dragon&tag=fantasy`, a tag is found whatever its case, and works whose titles
or tags show a search are found before the others.
"""

from django.db import migrations

FUNCTION = r"""
CREATE OR REPLACE FUNCTION content_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
-- Title, prompt and tags, each a text of its own. Then words without a place: those of the title, each tag as a whole, and
-- the creator by id, since an account may change its name.
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
    -- 'a-a' leaves a gap: no phrase reaches from one text into the next.
    NEW.search_words := title
        || to_tsvector('genonaut_words', 'a-a ' || replace(
            genonaut_search_text(NEW.prompt || E' \x01 ' || array_to_string(NEW.tags, E' \x01 ')), E'\x01', ' a-a '))
        || array_to_tsvector(string_to_array(names, E'\x01'));
    RETURN NEW;
END
$$;
"""
# As in 0010.
FUNCTION_BEFORE = r"""
CREATE OR REPLACE FUNCTION content_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_words := to_tsvector('genonaut_words', replace(
        genonaut_search_text(NEW.title || E' \x01 ' || NEW.prompt || E' \x01 ' || array_to_string(NEW.tags, E' \x01 ')),
        E'\x01', ' a-a '));
    IF NEW.creator_id IS NOT NULL THEN
        NEW.search_words := NEW.search_words || array_to_tsvector(ARRAY['@' || NEW.creator_id]);
    END IF;
    RETURN NEW;
END
$$;
"""
# Tags are not filtered by their own column any more.
STATISTICS = "ALTER TABLE content_contentitem ALTER COLUMN tags SET STATISTICS -1"
STATISTICS_BEFORE = "ALTER TABLE content_contentitem ALTER COLUMN tags SET STATISTICS 500"


class Migration(migrations.Migration):
    dependencies = [("content", "0015_ranking_update"), ("genonaut", "0005_tag_keys")]

    operations = [
        migrations.RunSQL(FUNCTION, FUNCTION_BEFORE),
        migrations.RunSQL(STATISTICS, STATISTICS_BEFORE),
    ]
