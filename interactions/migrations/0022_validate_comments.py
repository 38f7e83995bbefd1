"""Looks at all rows once, beside those who read and write them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("interactions", "0021_comment_indexes")]

    operations = [ValidateConstraint(model_name="interaction", name="interaction_answers_are_comments")]
