"""The indexes of an owner's private works leave out the trash, which has two of its own."""

from django.db import migrations, models
from django.db.models.functions import Coalesce

from genonaut.database.online_migrations import AddIndexOnline, RemoveIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0031_trash_trigger")]

    operations = [
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("creator"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", True), ("trashed_at", None)),
                name="content_own_newest",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("creator"),
                Coalesce("quality_score", models.Value(-1.0)),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", True), ("trashed_at", None)),
                include=("quality_score",),
                name="content_own_best",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("creator"),
                Coalesce("trashed_at", "created_at"),
                models.F("id"),
                condition=models.Q(("trashed_at__isnull", False)),
                name="content_trash",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("trashed_at"), condition=models.Q(("trashed_at__isnull", False)), name="content_trash_oldest"
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("creator"),
                models.F("likes"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", True), ("trashed_at", None)),
                name="content_own_likes",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("creator"),
                models.F("popularity"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", True), ("trashed_at", None)),
                name="content_own_popularity",
            ),
        ),
        RemoveIndexOnline("contentitem", "content_private_creator_newest"),
        RemoveIndexOnline("contentitem", "content_private_creator_best"),
    ]
