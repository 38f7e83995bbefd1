"""Looks at all rows once, beside those who read and write them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("content", "0070_moderated")]

    operations = [
        ValidateConstraint(model_name="contentitem", name="content_held_is_private"),
        ValidateConstraint(model_name="contentitem", name="content_level_not_below_least"),
    ]
