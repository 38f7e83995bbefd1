"""Who sees a work in an album now says its level too. Works are general so far: what is written stays right.

0011 looks at the rows, and at those whose level was set before this migration.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait

TRIGGERS = """
CREATE FUNCTION albums_audience_of(work content_contentitem, owner_id bigint) RETURNS smallint
LANGUAGE sql IMMUTABLE AS $$
    SELECT (work.level * 4 + CASE
        WHEN work.creator_id IS DISTINCT FROM owner_id OR work.trashed_at IS NOT NULL
            THEN CASE WHEN work.is_private THEN 2 ELSE 0 END
        WHEN work.is_private THEN 1
        WHEN work.level > 0 THEN 3
        ELSE 0
    END)::smallint
$$;

CREATE OR REPLACE FUNCTION albums_set_audience() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT albums_audience_of(work, album.owner_id)
    INTO NEW.audience
    FROM content_contentitem AS work, albums_album AS album
    WHERE work.id = NEW.content_id AND album.id = NEW.album_id
    FOR SHARE OF work;
    -- The foreign keys refuse what is not there.
    NEW.audience := coalesce(NEW.audience, 2);
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION albums_work_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE albums_albumitem AS item
    SET audience = albums_audience_of(NEW, album.owner_id)
    FROM albums_album AS album
    WHERE item.content_id = NEW.id AND album.id = item.album_id
        AND item.audience <> albums_audience_of(NEW, album.owner_id);
    RETURN NULL;
END
$$;

DROP TRIGGER albums_work_changed ON content_contentitem;
CREATE TRIGGER albums_work_changed AFTER UPDATE OF is_private, creator_id, trashed_at, level ON content_contentitem
FOR EACH ROW WHEN (
    (OLD.is_private, OLD.creator_id, OLD.trashed_at, OLD.level)
    IS DISTINCT FROM (NEW.is_private, NEW.creator_id, NEW.trashed_at, NEW.level)
)
EXECUTE FUNCTION albums_work_changed();
"""
# As in 0002.
TRIGGERS_BEFORE = """
CREATE OR REPLACE FUNCTION albums_set_audience() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT albums_audience(work.is_private, CASE WHEN work.trashed_at IS NULL THEN work.creator_id END, album.owner_id)
    INTO NEW.audience
    FROM content_contentitem AS work, albums_album AS album
    WHERE work.id = NEW.content_id AND album.id = NEW.album_id
    FOR SHARE OF work;
    -- The foreign keys refuse what is not there.
    NEW.audience := coalesce(NEW.audience, 2);
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION albums_work_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sees_it bigint := CASE WHEN NEW.trashed_at IS NULL THEN NEW.creator_id END;
BEGIN
    UPDATE albums_albumitem AS item
    SET audience = albums_audience(NEW.is_private, sees_it, album.owner_id)
    FROM albums_album AS album
    WHERE item.content_id = NEW.id AND album.id = item.album_id
        AND item.audience <> albums_audience(NEW.is_private, sees_it, album.owner_id);
    RETURN NULL;
END
$$;
DROP TRIGGER albums_work_changed ON content_contentitem;
CREATE TRIGGER albums_work_changed AFTER UPDATE OF is_private, creator_id, trashed_at ON content_contentitem
FOR EACH ROW WHEN (
    (OLD.is_private, OLD.creator_id, OLD.trashed_at) IS DISTINCT FROM (NEW.is_private, NEW.creator_id, NEW.trashed_at)
)
EXECUTE FUNCTION albums_work_changed();
DROP FUNCTION albums_audience_of(content_contentitem, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("albums", "0003_build_rankings"), ("content", "0041_validate_level")]

    operations = [
        LimitLockWait(),
        migrations.RemoveConstraint("albumitem", "albumitem_audience_known"),
        AddConstraintNotValid(
            "albumitem",
            models.CheckConstraint(
                condition=models.Q(("audience__in", (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))),
                name="albumitem_audience_known",
            ),
        ),
        migrations.RunSQL(TRIGGERS, TRIGGERS_BEFORE),
    ]
