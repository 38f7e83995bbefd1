"""Looks at all rows once, beside those who read and write them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("interactions", "0005_times_in_calendar")]

    operations = [ValidateConstraint(model_name="interaction", name="interaction_time_in_calendar")]
