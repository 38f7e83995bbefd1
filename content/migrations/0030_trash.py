"""The trash: since when a work is in it, and whether it was private before. 0033 looks at the rows."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("content", "0025_count_indexes")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="contentitem",
            name="trashed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="in the trash since"),
        ),
        migrations.AddField(
            model_name="contentitem",
            name="was_private",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        AddConstraintNotValid(
            model_name="contentitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("trashed_at__isnull", True), ("is_private", True), _connector="OR"),
                name="content_trash_is_private",
            ),
        ),
    ]
