"""The indexes of lists of stacks, and of the works of one."""

from django.db import migrations, models
from django.db.models.functions import Coalesce

from genonaut.database.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0050_stacks")]

    operations = [
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("level"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False), ("leads_stack", True)),
                name="content_stacks_newest",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("level"),
                Coalesce("quality_score", models.Value(-1.0)),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False), ("leads_stack", True)),
                include=("quality_score",),
                name="content_stacks_best",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("creator"),
                models.F("level"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False), ("leads_stack", True)),
                name="content_stacks_creator_newest",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("creator"),
                models.F("level"),
                Coalesce("quality_score", models.Value(-1.0)),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False), ("leads_stack", True)),
                include=("quality_score",),
                name="content_stacks_creator_best",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("creator"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", True), ("leads_stack", True), ("trashed_at", None)),
                name="content_stacks_own_newest",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("creator"),
                Coalesce("quality_score", models.Value(-1.0)),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", True), ("leads_stack", True), ("trashed_at", None)),
                include=("quality_score",),
                name="content_stacks_own_best",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("stack"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("stack__isnull", False)),
                name="content_stack",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("stack"),
                models.F("id"),
                condition=models.Q(("leads_stack", True), ("stack__isnull", False)),
                name="content_stack_leaders",
            ),
        ),
    ]
