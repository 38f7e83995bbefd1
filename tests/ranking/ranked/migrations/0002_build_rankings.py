"""Counts the rows for the rankings, on a live database."""

from django.db import migrations

from genonaut.ranking import BuildRankings


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ranked", "0001_initial"), ("ranking", "0001_initial")]

    operations = [BuildRankings("item")]
