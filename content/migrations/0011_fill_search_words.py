"""The words of the items that are there, batch by batch beside those who read and write."""

from django.db import migrations

from genonaut.database.online_migrations import FillColumn


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0010_search_words")]

    operations = [FillColumn("contentitem", "search_words")]
