"""Times that Python cannot read are refused from now on; 0006 looks at the rows that are there."""

from datetime import UTC, datetime

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait

CALENDAR = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class Migration(migrations.Migration):
    dependencies = [("content", "0004_build_rankings")]

    operations = [
        LimitLockWait(),
        AddConstraintNotValid(
            model_name="contentitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("created_at__range", CALENDAR), ("updated_at__range", CALENDAR)),
                name="content_times_in_calendar",
            ),
        ),
    ]
