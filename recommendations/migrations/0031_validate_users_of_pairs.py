"""Looks at all rows once, beside those who read and write them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0030_users_of_pairs")]

    operations = [ValidateConstraint(model_name="neighbours", name="neighbours_counts_of_all")]
