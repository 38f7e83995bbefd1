"""Indexes of all items with their facets, beside a live table; they replace two of the same keys without facets."""

from django.db import migrations, models
from django.db.models.functions import Coalesce

from genonaut.database.online_migrations import AddIndexOnline, RemoveIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("content", "0001_initial")]

    operations = [
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                models.F("created_at"),
                models.F("id"),
                include=("source", "content_type", "is_private"),
                name="content_all_newest",
            ),
        ),
        AddIndexOnline(
            model_name="contentitem",
            index=models.Index(
                Coalesce("quality_score", models.Value(-1.0)),
                models.F("created_at"),
                models.F("id"),
                include=("quality_score", "source", "content_type", "is_private"),
                name="content_all_best",
            ),
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_newest",
        ),
        RemoveIndexOnline(
            model_name="contentitem",
            name="content_private_best",
        ),
    ]
