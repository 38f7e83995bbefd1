"""The words of the texts that are there, batch by batch beside those who read and write."""

from django.db import migrations

from genonaut.database.online_migrations import FillColumn

STALE = r"""content_type = 'text' AND NOT tsvector_to_array(to_tsvector('genonaut_words', replace(
    genonaut_search_text(left(data, 10000)), E'\x01', ' a-a '))) <@ tsvector_to_array(search_words)"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0083_words_of_texts")]

    operations = [FillColumn("contentitem", "search_words", stale=STALE)]
