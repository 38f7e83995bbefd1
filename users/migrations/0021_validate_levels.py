"""Looks at all accounts once, beside those who read and write them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0020_levels")]

    operations = [
        ValidateConstraint(model_name="user", name="user_shown_level_known"),
        ValidateConstraint(model_name="user", name="user_blurred_level_known"),
    ]
