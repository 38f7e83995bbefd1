"""The words of the names that are there, batch by batch beside those who read and write."""

from django.db import migrations

from genonaut.database.online_migrations import FillColumn


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0007_search_words")]

    operations = [FillColumn("user", "search_words")]
