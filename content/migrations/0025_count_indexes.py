"""The indexes of lists by likes and by popularity; those of an owner's private works come with the trash (0032)."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0024_counts")]

    operations = [
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("likes"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                name="content_public_likes",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("creator"),
                models.F("likes"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                name="content_pub_creator_likes",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("likes"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", True)),
                name="content_private_likes",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("popularity"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                name="content_public_popularity",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("creator"),
                models.F("popularity"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                name="content_pub_creator_popularity",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(
                models.F("popularity"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", True)),
                name="content_private_popularity",
            ),
        ),
        AddIndexOnline(
            "contentitem",
            models.Index(models.F("id"), condition=models.Q(("popularity__gt", 0)), name="content_fading"),
        ),
    ]
