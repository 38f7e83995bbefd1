"""Notes the contents that works and places of libraries no longer refer to (uploads/leftovers.py)."""

from django.db import migrations

CREATE = """
CREATE FUNCTION uploads_content_left() RETURNS trigger LANGUAGE plpgsql AS $$
-- Notes the content that a row referred to.
BEGIN
    INSERT INTO uploads_leftcontent (media_file_id) VALUES (OLD.media_file_id);
    RETURN NULL;
END
$$;

CREATE TRIGGER uploads_content_left_by_deletion AFTER DELETE ON content_contentitem
FOR EACH ROW WHEN (OLD.media_file_id IS NOT NULL) EXECUTE FUNCTION uploads_content_left();

CREATE TRIGGER uploads_content_left_by_change AFTER UPDATE OF media_file_id ON content_contentitem
FOR EACH ROW WHEN (OLD.media_file_id IS NOT NULL AND OLD.media_file_id IS DISTINCT FROM NEW.media_file_id)
EXECUTE FUNCTION uploads_content_left();

CREATE TRIGGER uploads_content_left_by_deletion AFTER DELETE ON media_libraryfile
FOR EACH ROW WHEN (OLD.media_file_id IS NOT NULL) EXECUTE FUNCTION uploads_content_left();

CREATE TRIGGER uploads_content_left_by_change AFTER UPDATE OF media_file_id ON media_libraryfile
FOR EACH ROW WHEN (OLD.media_file_id IS NOT NULL AND OLD.media_file_id IS DISTINCT FROM NEW.media_file_id)
EXECUTE FUNCTION uploads_content_left();
"""
DROP = """
DROP TRIGGER uploads_content_left_by_deletion ON content_contentitem;
DROP TRIGGER uploads_content_left_by_change ON content_contentitem;
DROP TRIGGER uploads_content_left_by_deletion ON media_libraryfile;
DROP TRIGGER uploads_content_left_by_change ON media_libraryfile;
DROP FUNCTION uploads_content_left();
"""


class Migration(migrations.Migration):
    """Adds a function and four triggers."""

    dependencies = [
        ("uploads", "0001_initial"),
        ("content", "0020_file_indexes"),
        ("media", "0001_initial"),
    ]

    operations = [migrations.RunSQL(CREATE, DROP)]
