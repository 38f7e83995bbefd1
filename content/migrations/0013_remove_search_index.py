"""The end of the search before: from here on a site of the build before must not run any more."""

from django.db import migrations

from genonaut.database.online_migrations import RemoveIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0012_search_index")]

    operations = [RemoveIndexOnline("contentitem", "content_search")]
