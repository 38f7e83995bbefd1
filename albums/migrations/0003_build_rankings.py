"""The rankings' first count."""

from django.db import migrations

from genonaut.ranking import BuildRankings


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("albums", "0002_audiences"), ("ranking", "0001_initial")]

    operations = [BuildRankings("album"), BuildRankings("albumitem")]
