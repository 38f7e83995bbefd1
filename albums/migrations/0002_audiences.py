"""The triggers that write who sees a work in an album (models.Audience): with the item and when the work changes.

A work in the trash is for staff alone. A new item locks its work against a change of privacy until it is committed, so
that the change finds it.
"""

from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait

TRIGGERS = """
CREATE FUNCTION albums_audience(is_private boolean, creator_id bigint, owner_id bigint) RETURNS smallint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN NOT is_private THEN 0 WHEN creator_id = owner_id THEN 1 ELSE 2 END::smallint
$$;

CREATE FUNCTION albums_set_audience() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER albums_audience BEFORE INSERT OR UPDATE OF album_id, content_id ON albums_albumitem
FOR EACH ROW EXECUTE FUNCTION albums_set_audience();

CREATE FUNCTION albums_work_changed() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER albums_work_changed AFTER UPDATE OF is_private, creator_id, trashed_at ON content_contentitem
FOR EACH ROW WHEN (
    (OLD.is_private, OLD.creator_id, OLD.trashed_at) IS DISTINCT FROM (NEW.is_private, NEW.creator_id, NEW.trashed_at)
)
EXECUTE FUNCTION albums_work_changed();
"""
REMOVE = """
DROP TRIGGER albums_work_changed ON content_contentitem;
DROP FUNCTION albums_work_changed();
DROP TRIGGER albums_audience ON albums_albumitem;
DROP FUNCTION albums_set_audience();
DROP FUNCTION albums_audience(boolean, bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("albums", "0001_initial"), ("content", "0030_trash")]

    operations = [LimitLockWait(), migrations.RunSQL(TRIGGERS, REMOVE)]
