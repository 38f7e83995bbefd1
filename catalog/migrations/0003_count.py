"""The first count of works by tag and creator, beside a live table, and of the rankings of both."""

from django.db import migrations

from catalog.operations import CountWorks
from genonaut.ranking.operations import BuildRankings


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("catalog", "0002_triggers")]

    operations = [CountWorks(), BuildRankings("tag"), BuildRankings("creator")]
