"""Neighbours of a third kind: works whose pictures look alike."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait

REASONS = [("covisited", "Covisited"), ("alike", "Alike"), ("near", "Near"), ("popular", "Popular")]


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0010_because_index")]

    operations = [
        LimitLockWait(),
        migrations.AlterField(
            model_name="neighbours", name="kind", field=models.CharField(choices=REASONS, max_length=9)
        ),
        migrations.AlterField(
            model_name="recommendation",
            name="reason",
            field=models.CharField(blank=True, choices=REASONS, db_default="", default="", max_length=9),
        ),
        migrations.RemoveConstraint(model_name="neighbours", name="neighbours_kind_known"),
        AddConstraintNotValid(
            model_name="neighbours",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("covisited", "alike", "near"))), name="neighbours_kind_known"
            ),
        ),
    ]
