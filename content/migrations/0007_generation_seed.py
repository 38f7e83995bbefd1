"""A column for seeds that makers drew, of up to 20 digits: added without a look at the rows, which 0008 takes."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import genonaut.whole_numbers
from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("content", "0006_validate_times")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="contentitem",
            name="generation_seed",
            field=genonaut.whole_numbers.WholeNumberField(
                blank=True, decimal_places=0, editable=False, max_digits=20, null=True
            ),
        ),
        AddConstraintNotValid(
            model_name="contentitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("generation_seed__isnull", True), ("generation_seed__range", (0, 2**64 - 1)), _connector="OR"
                ),
                name="content_generation_seed_64_bits",
            ),
        ),
    ]
