"""The words of the items that are there, once more; 0016 says what is new in them."""

from django.db import migrations

from genonaut.database.online_migrations import FillColumn


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0016_tag_words")]

    # Written before 0016: no word of a title, not even the empty one.
    operations = [FillColumn("contentitem", "search_words", stale="NOT search_words @@ $$'^':*$$")]
