"""A person has one open report of each thing: once it is closed, they can report the thing again.

The indexes are built while others report, those of before dropped once they are there.
"""

from django.db import migrations, models

THINGS = ("content", "comment", "account")
BUILD = (
    "CREATE UNIQUE INDEX CONCURRENTLY report_{0}_open_once ON moderation_report (reporter_id, {0}_id)"
    " WHERE is_open AND {0}_id IS NOT NULL"
)
BUILD_FORMER = (
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS report_{0}_once ON moderation_report (reporter_id, {0}_id)"
    " WHERE {0}_id IS NOT NULL"
)
DROP = "DROP INDEX CONCURRENTLY IF EXISTS {}"


def replaced(name: str) -> migrations.SeparateDatabaseAndState:
    """Return the operation that replaces the index of a column."""
    new, former = f"report_{name}_open_once", f"report_{name}_once"
    constraint = models.UniqueConstraint(
        condition=models.Q((f"{name}__isnull", False), ("is_open", True)), fields=("reporter", name), name=new
    )
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            # What an interrupted build left is no index.
            migrations.RunSQL(DROP.format(new), migrations.RunSQL.noop),
            migrations.RunSQL(BUILD.format(name), DROP.format(new)),
            migrations.RunSQL(DROP.format(former), BUILD_FORMER.format(name)),
        ],
        state_operations=[
            migrations.RemoveConstraint("report", former),
            migrations.AddConstraint("report", constraint),
        ],
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("moderation", "0003_validate_levels")]

    operations = [replaced(name) for name in THINGS]
