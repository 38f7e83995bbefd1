"""The index of what was recommended for the sake of a work, beside a live table."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("recommendations", "0009_neighbours")]

    operations = [
        AddIndexOnline(
            "recommendation",
            models.Index(
                models.F("because"),
                condition=models.Q(("because__isnull", False)),
                name="recommendation_because",
            ),
        ),
    ]
