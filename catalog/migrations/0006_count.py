"""The count of works by tag, creator and model, beside a live table, and the ranking of models."""

from django.db import migrations

from catalog.operations import CountWorks
from genonaut.ranking import BuildRankings


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("catalog", "0005_model_triggers")]

    operations = [CountWorks(), BuildRankings("usedmodel")]
