"""The triggers that note what is to be counted. Works are counted by 0003, which sees what came before them.

Statements insert and delete many rows at once, and note all in one statement; updates rarely change what is counted,
and a condition on the row itself costs the others nothing.
"""

from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait

WORKS = """
CREATE FUNCTION catalog_note_new_works() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_catalogdelta (tags, creator_id, works)
    SELECT tags, creator_id, 1 FROM new_rows WHERE NOT is_private AND (tags <> '{}' OR creator_id IS NOT NULL);
    RETURN NULL;
END
$$;
CREATE TRIGGER catalog_insert AFTER INSERT ON content_contentitem
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_new_works();

CREATE FUNCTION catalog_note_old_works() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_catalogdelta (tags, creator_id, works)
    SELECT tags, creator_id, -1 FROM old_rows WHERE NOT is_private AND (tags <> '{}' OR creator_id IS NOT NULL);
    RETURN NULL;
END
$$;
CREATE TRIGGER catalog_delete AFTER DELETE ON content_contentitem
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_old_works();

CREATE FUNCTION catalog_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
-- Of what stayed as it was nothing is noted.
DECLARE
    has_same_tags boolean := OLD.tags = NEW.tags AND OLD.is_private = NEW.is_private;
    has_same_creator boolean := OLD.creator_id IS NOT DISTINCT FROM NEW.creator_id AND OLD.is_private = NEW.is_private;
BEGIN
    INSERT INTO catalog_catalogdelta (tags, creator_id, works)
    SELECT CASE WHEN NOT has_same_tags THEN tags END, CASE WHEN NOT has_same_creator THEN creator_id END, works
    FROM (VALUES (OLD.tags, OLD.creator_id, OLD.is_private, -1), (NEW.tags, NEW.creator_id, NEW.is_private, 1))
        AS noted (tags, creator_id, is_private, works)
    WHERE NOT is_private;
    RETURN NULL;
END
$$;
CREATE TRIGGER catalog_update AFTER UPDATE ON content_contentitem FOR EACH ROW
WHEN ((OLD.tags, OLD.creator_id, OLD.is_private) IS DISTINCT FROM (NEW.tags, NEW.creator_id, NEW.is_private))
EXECUTE FUNCTION catalog_note_change();

CREATE FUNCTION catalog_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM catalog_catalogdelta;
    DELETE FROM catalog_tag;
    DELETE FROM catalog_creator;
    RETURN NULL;
END
$$;
CREATE TRIGGER catalog_truncate AFTER TRUNCATE ON content_contentitem
FOR EACH STATEMENT EXECUTE FUNCTION catalog_forget();
"""
NO_WORKS = """
DROP TRIGGER catalog_truncate ON content_contentitem;
DROP TRIGGER catalog_update ON content_contentitem;
DROP TRIGGER catalog_delete ON content_contentitem;
DROP TRIGGER catalog_insert ON content_contentitem;
DROP FUNCTION catalog_forget();
DROP FUNCTION catalog_note_change();
DROP FUNCTION catalog_note_old_works();
DROP FUNCTION catalog_note_new_works();
"""
ACCOUNTS = """
CREATE FUNCTION catalog_note_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_catalogdelta (creator_id, works) VALUES (OLD.id, 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER catalog_update AFTER UPDATE ON users_user FOR EACH ROW
WHEN ((OLD.username, OLD.name, OLD.is_active) IS DISTINCT FROM (NEW.username, NEW.name, NEW.is_active))
EXECUTE FUNCTION catalog_note_account();
CREATE TRIGGER catalog_delete AFTER DELETE ON users_user FOR EACH ROW EXECUTE FUNCTION catalog_note_account();
"""
NO_ACCOUNTS = """
DROP TRIGGER catalog_delete ON users_user;
DROP TRIGGER catalog_update ON users_user;
DROP FUNCTION catalog_note_account();
"""
# Few live rows, replaced often: cleaned by their number, to the last page.
CLEANING = """
ALTER TABLE catalog_catalogdelta SET
    (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, vacuum_index_cleanup = on)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_tags_and_creators"),
        ("content", "0014_remove_search_vector"),
        ("users", "0009_search_index"),
    ]

    operations = [
        LimitLockWait(),
        migrations.RunSQL(WORKS, NO_WORKS),
        migrations.RunSQL(ACCOUNTS, NO_ACCOUNTS),
        migrations.RunSQL(CLEANING, migrations.RunSQL.noop),
    ]
