"""The index of the words of users' names, built beside those who read and write."""

import django.contrib.postgres.indexes
from django.db import migrations

from genonaut.database.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0008_fill_search_words")]

    operations = [
        AddIndexOnline(
            "user", django.contrib.postgres.indexes.GinIndex(fields=["search_words"], name="user_search_words")
        ),
    ]
