"""Pending counts keep their pages when they are cleaned away, so that plans are made for a table that has some.

Truncated to nothing each minute, the table is read through for each work of a page by connections that planned then,
however many likes are pending by the time they read.
"""

from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("content", "0061_staff_stack_indexes")]

    operations = [
        LimitLockWait(),
        migrations.RunSQL(
            "ALTER TABLE content_countdelta SET (vacuum_truncate = false)",
            "ALTER TABLE content_countdelta RESET (vacuum_truncate)",
        ),
    ]
