"""The rankings' first count, beside a live table."""

from django.db import migrations

from genonaut.ranking import BuildRankings


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0003_rankings"), ("ranking", "0001_initial")]

    operations = [BuildRankings("user")]
