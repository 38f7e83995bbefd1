"""The index by which the page of a work finds its ratings that are not moved into its columns yet."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0052_validate_stacks")]

    operations = [
        AddIndexOnline(
            "countdelta",
            models.Index(
                models.F("content_id"),
                condition=models.Q(("rating_count", 0), _negated=True) | models.Q(("rating_sum", 0), _negated=True),
                include=["rating_count", "rating_sum"],
                name="count_delta_ratings",
            ),
        ),
    ]
