"""Counts works by level too."""

from django.db import migrations

from genonaut.ranking import BuildRankings


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0042_level_indexes")]

    operations = [BuildRankings("contentitem")]
