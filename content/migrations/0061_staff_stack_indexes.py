"""Indexes of the stacks among private works, which staff's lists merge in."""

from django.db import migrations, models
from django.db.models.functions import Coalesce

from genonaut.database.online_migrations import AddIndexOnline

QUALITY_KEY = Coalesce("quality_score", models.Value(-1.0))
LEADERS = models.Q(("is_private", True), ("leads_stack", True))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0060_pending_ratings")]

    operations = [
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("level"),
                models.F("created_at"),
                models.F("id"),
                condition=LEADERS,
                name="content_stacks_staff_newest",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("level"),
                QUALITY_KEY,
                models.F("created_at"),
                models.F("id"),
                condition=LEADERS,
                include=["quality_score"],
                name="content_stacks_staff_best",
            ),
        ),
    ]
