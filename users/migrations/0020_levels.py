"""What accounts are shown of works by their level, and what is blurred. 0021 looks at the rows."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0013_tokens_and_sessions"),
    ]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="user",
            name="blurred_level",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "Sensitive"), (2, "Explicit"), (3, "Never")], db_default=1, default=1
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="shown_level",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "General"), (1, "Sensitive"), (2, "Explicit")], db_default=0, default=0
            ),
        ),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("shown_level__in", [0, 1, 2])), name="user_shown_level_known"
            ),
        ),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("blurred_level__in", [1, 2, 3])), name="user_blurred_level_known"
            ),
        ),
    ]
