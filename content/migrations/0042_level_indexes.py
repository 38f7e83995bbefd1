"""Indexes of lists by level take the place of those that know no level: first the new ones, then without the old."""

from django.db import migrations, models
from django.db.models.functions import Coalesce

from genonaut.database.online_migrations import AddIndexOnline, RemoveIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0041_validate_level")]

    operations = [
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("created_at"),
                models.F("id"),
                include=("source", "content_type", "is_private", "level"),
                name="content_every_newest",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                Coalesce("quality_score", models.Value(-1.0)),
                models.F("created_at"),
                models.F("id"),
                include=("quality_score", "source", "content_type", "is_private", "level"),
                name="content_every_best",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("level"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                name="content_shown_newest",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("level"),
                Coalesce("quality_score", models.Value(-1.0)),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                include=("quality_score",),
                name="content_shown_best",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("level"),
                models.F("content_type"),
                models.F("source"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                name="content_shown_facets_newest",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("level"),
                models.F("content_type"),
                models.F("source"),
                Coalesce("quality_score", models.Value(-1.0)),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                include=("quality_score",),
                name="content_shown_facets_best",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("creator"),
                models.F("level"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                name="content_shown_creator_newest",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("creator"),
                models.F("level"),
                Coalesce("quality_score", models.Value(-1.0)),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                include=("quality_score",),
                name="content_shown_creator_best",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("level"),
                models.F("content_type"),
                models.F("source"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", True)),
                name="content_staff_facets_newest",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("level"),
                models.F("content_type"),
                models.F("source"),
                Coalesce("quality_score", models.Value(-1.0)),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", True)),
                include=("quality_score",),
                name="content_staff_facets_best",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("level"),
                models.F("likes"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                name="content_shown_likes",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("creator"),
                models.F("level"),
                models.F("likes"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                name="content_creator_likes",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("level"),
                models.F("likes"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", True)),
                name="content_staff_likes",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("level"),
                models.F("popularity"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                name="content_shown_popularity",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("creator"),
                models.F("level"),
                models.F("popularity"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", False)),
                name="content_creator_popularity",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("level"),
                models.F("popularity"),
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_private", True)),
                name="content_staff_popularity",
            ),
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_public_newest",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_public_best",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_public_facets_newest",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_public_facets_best",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_public_creator_newest",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_public_creator_best",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_private_facets_newest",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_private_facets_best",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_all_newest",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_all_best",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_public_likes",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_pub_creator_likes",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_private_likes",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_public_popularity",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_pub_creator_popularity",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_private_popularity",
        ),
    ]
