"""Looks at all rows once, beside those who read and write them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("generation", "0005_times_in_calendar")]

    operations = [ValidateConstraint(model_name="generationjob", name="job_times_in_calendar")]
