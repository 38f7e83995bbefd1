"""The index of the words that find an item, built beside those who read and write."""

import django.contrib.postgres.indexes
from django.db import migrations

from genonaut.database.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0011_fill_search_words")]

    operations = [
        AddIndexOnline(
            "contentitem",
            django.contrib.postgres.indexes.GinIndex(fields=["search_words"], name="content_search_words"),
        ),
    ]
