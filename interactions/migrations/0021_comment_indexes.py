"""The indexes of threads and answers, built while others write."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("interactions", "0020_comments")]

    operations = [
        AddIndexOnline(
            "interaction",
            models.Index(
                models.F("content"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("kind", "comment"), ("parent__isnull", True)),
                name="interaction_item_threads",
            ),
        ),
        AddIndexOnline(
            "interaction",
            models.Index(
                models.F("parent"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("parent__isnull", False)),
                name="interaction_answers",
            ),
        ),
    ]
