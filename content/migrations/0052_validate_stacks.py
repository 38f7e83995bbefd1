"""Looks at all rows once, beside those who read and write them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("content", "0051_stack_indexes")]

    operations = [ValidateConstraint(model_name="contentitem", name="content_alone_leads_itself")]
