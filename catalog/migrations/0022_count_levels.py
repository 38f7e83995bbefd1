"""Counts public works by level: first as if all were general, so that lists stay full while they are counted."""

from django.db import migrations

from catalog.operations import CountWorks
from genonaut.ranking import BuildRankings

TABLES = ("catalog_tag", "catalog_creator", "catalog_usedmodel")
# Rows that are read and written by the counting alone.
FILL = "UPDATE {} SET works_sensitive = works, works_general = works WHERE works_general <> works"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("catalog", "0021_level_indexes"), ("content", "0041_validate_level")]

    operations = [
        *(migrations.RunSQL(FILL.format(table), migrations.RunSQL.noop) for table in TABLES),
        CountWorks(),
        *(BuildRankings(model) for model in ("tag", "creator", "usedmodel")),
    ]
