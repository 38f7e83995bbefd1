"""The rankings of tags and creators. Works are counted by 0022: counting knows all tables of the present."""

from django.db import migrations

from genonaut.ranking import BuildRankings


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("catalog", "0002_triggers")]

    operations = [BuildRankings("tag"), BuildRankings("creator")]
