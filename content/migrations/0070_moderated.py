"""What moderators decide about works: since when a work is hidden, and its least level. 0071 looks at the rows."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("content", "0063_trash_emptying")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="contentitem",
            name="held_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="hidden by moderators since"),
        ),
        migrations.AddField(
            model_name="contentitem",
            name="least_level",
            field=models.SmallIntegerField(
                choices=[(0, "General"), (1, "Sensitive"), (2, "Explicit")],
                db_default=0,
                default=0,
                help_text="Its owner puts it at no lower one.",
            ),
        ),
        AddConstraintNotValid(
            model_name="contentitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("held_at__isnull", True),
                    models.Q(
                        ("is_private", True),
                        models.Q(("trashed_at__isnull", True), ("was_private", True), _connector="OR"),
                    ),
                    _connector="OR",
                ),
                name="content_held_is_private",
            ),
        ),
        AddConstraintNotValid(
            model_name="contentitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("least_level__gte", 0), ("level__gte", models.F("least_level"))),
                name="content_level_not_below_least",
            ),
        ),
    ]
