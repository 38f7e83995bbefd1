"""Looks at all rows once, beside those who read and write them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("content", "0040_level")]

    operations = [ValidateConstraint(model_name="contentitem", name="content_level_known")]
