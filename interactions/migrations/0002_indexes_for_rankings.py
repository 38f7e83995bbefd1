"""The index of all interactions with their kind, beside a live table; it replaces one of the same keys without."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline, RemoveIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("interactions", "0001_initial")]

    operations = [
        AddIndexOnline(
            "interaction",
            models.Index(models.F("created_at"), models.F("id"), include=("kind",), name="interaction_all_newest"),
        ),
        RemoveIndexOnline("interaction", "interaction_newest"),
    ]
