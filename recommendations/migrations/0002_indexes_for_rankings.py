"""Indexes of all recommendations by their served mark and with it, beside a live table."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline, RemoveIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("recommendations", "0001_initial")]

    operations = [
        AddIndexOnline(
            "recommendation",
            models.Index(
                models.F("created_at"), models.F("id"), include=("is_served",), name="recommendation_all_newest"
            ),
        ),
        AddIndexOnline(
            "recommendation",
            models.Index(
                models.F("score"),
                models.F("created_at"),
                models.F("id"),
                include=("is_served",),
                name="recommendation_all_best",
            ),
        ),
        AddIndexOnline(
            "recommendation",
            models.Index(
                models.F("is_served"), models.F("created_at"), models.F("id"), name="recommendation_state_newest"
            ),
        ),
        AddIndexOnline(
            "recommendation",
            models.Index(
                models.F("is_served"),
                models.F("score"),
                models.F("created_at"),
                models.F("id"),
                name="recommendation_state_best",
            ),
        ),
        RemoveIndexOnline("recommendation", "recommendation_newest"),
        RemoveIndexOnline("recommendation", "recommendation_best"),
    ]
