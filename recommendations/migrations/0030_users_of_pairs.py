"""How many users met both works of a pair, so that one user's history is not shown as what is met together.

Pairs without a count are not shown: the next turn of the worker learns them again.
"""

import django.contrib.postgres.fields
import django.db.models.lookups
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import media.models
from genonaut.database.online_migrations import LimitLockWait

LEARN_AGAIN = "DELETE FROM recommendations_watermark WHERE name = 'learned'"


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0022_refresh_level")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="neighbours",
            name="counts",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), null=True, size=None),
        ),
        AddConstraintNotValid(
            model_name="neighbours",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    media.models.Cardinality("neighbours"), media.models.Cardinality("counts")
                ),
                name="neighbours_counts_of_all",
            ),
        ),
        migrations.RunSQL(LEARN_AGAIN, migrations.RunSQL.noop),
    ]
