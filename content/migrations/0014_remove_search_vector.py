"""The end of the column of the search before; its space comes back as rows are updated."""

from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("content", "0013_remove_search_index")]

    operations = [LimitLockWait(), migrations.RemoveField(model_name="contentitem", name="search_vector")]
