"""The end of the index of tags, which the words of an item hold: from here on a site of the build before must not run."""

from django.db import migrations

from genonaut.database.online_migrations import RemoveIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0017_fill_tag_words")]

    operations = [RemoveIndexOnline("contentitem", "content_tags")]
