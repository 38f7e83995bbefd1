"""The works of a file that is read again are locked before they are counted.

Triggers fire by name. `content_generation_changed` waits for a transaction that publishes or hides such a work; counted
before it, the work would be one of the state that this transaction ends, and its models be wrong for good.
"""

from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("catalog", "0022_count_levels"), ("content", "0019_files")]

    operations = [
        LimitLockWait(),
        migrations.RunSQL(
            "ALTER TRIGGER catalog_update ON media_generationdata RENAME TO zz_catalog_update",
            "ALTER TRIGGER zz_catalog_update ON media_generationdata RENAME TO catalog_update",
        ),
    ]
