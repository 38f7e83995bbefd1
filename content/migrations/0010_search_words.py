"""A column of the words that find an item, written by a trigger; 0011 fills it for the items that are there.

Plain and not generated: adding a generated column would rewrite the table under a lock.
"""

import django.contrib.postgres.search
from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait

TRIGGERS = r"""
CREATE FUNCTION content_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
-- Title, prompt and tags, each a text of its own, and the creator by id: an account may change its name.
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

CREATE TRIGGER content_search_words_insert BEFORE INSERT ON content_contentitem
FOR EACH ROW EXECUTE FUNCTION content_search_words();

CREATE TRIGGER content_search_words_update BEFORE UPDATE ON content_contentitem
FOR EACH ROW WHEN (
    NEW.search_words IS NULL
    OR (OLD.title, OLD.prompt, OLD.tags, OLD.creator_id, OLD.search_words)
        IS DISTINCT FROM (NEW.title, NEW.prompt, NEW.tags, NEW.creator_id, NEW.search_words)
) EXECUTE FUNCTION content_search_words();
"""
NO_TRIGGERS = """
DROP TRIGGER content_search_words_update ON content_contentitem;
DROP TRIGGER content_search_words_insert ON content_contentitem;
DROP FUNCTION content_search_words();
"""
# The planner expects of a word that is none of the most common half as many rows as of the rarest of those: with
# PostgreSQL's 100 that is 5,500 of 10 million items, too many to be counted at once; with 500 it is 1,100.
STATISTICS = """
ALTER TABLE content_contentitem ALTER COLUMN search_words SET STATISTICS 500;
ALTER TABLE content_contentitem ALTER COLUMN tags SET STATISTICS 500;
"""
NO_STATISTICS = "ALTER TABLE content_contentitem ALTER COLUMN tags SET STATISTICS -1"


class Migration(migrations.Migration):
    dependencies = [("content", "0009_content_creator"), ("genonaut", "0004_search_texts")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="contentitem",
            name="search_words",
            field=django.contrib.postgres.search.SearchVectorField(editable=False, null=True, serialize=False),
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.RunSQL(STATISTICS, NO_STATISTICS),
    ]
