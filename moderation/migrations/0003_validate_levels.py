"""Looks at all reports once, beside those who read and write them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("moderation", "0002_levels")]

    operations = [
        ValidateConstraint(model_name="report", name="report_reason_known"),
        ValidateConstraint(model_name="report", name="report_closed_with_outcome"),
    ]
