"""A column of the words of a user's names, written by a trigger; 0008 fills it for the users that are there."""

import django.contrib.postgres.search
from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait

TRIGGERS = r"""
CREATE FUNCTION users_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Names as they are: no stemmer.
    NEW.search_words := to_tsvector('simple', genonaut_search_text(NEW.username || E' \x01 ' || NEW.name));
    RETURN NEW;
END
$$;

CREATE TRIGGER users_search_words_insert BEFORE INSERT ON users_user
FOR EACH ROW EXECUTE FUNCTION users_search_words();

CREATE TRIGGER users_search_words_update BEFORE UPDATE ON users_user
FOR EACH ROW WHEN (
    NEW.search_words IS NULL
    OR (OLD.username, OLD.name, OLD.search_words) IS DISTINCT FROM (NEW.username, NEW.name, NEW.search_words)
) EXECUTE FUNCTION users_search_words();
"""
NO_TRIGGERS = """
DROP TRIGGER users_search_words_update ON users_user;
DROP TRIGGER users_search_words_insert ON users_user;
DROP FUNCTION users_search_words();
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0006_validate_times"), ("genonaut", "0004_search_texts")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="user",
            name="search_words",
            field=django.contrib.postgres.search.SearchVectorField(editable=False, null=True, serialize=False),
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
