"""The index by which a history shows each item once."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("interactions", "0022_validate_comments")]

    operations = [
        AddIndexOnline(
            "interaction",
            models.Index(
                models.F("user"),
                models.F("content"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("kind", "view")),
                name="interaction_user_item_views",
            ),
        ),
    ]
