"""What was done with works before there were counts."""

from django.db import migrations

from interactions.operations import CountInteractions


class Migration(migrations.Migration):
    # Each batch is committed.
    atomic = False

    dependencies = [("interactions", "0009_counts")]

    operations = [CountInteractions()]
