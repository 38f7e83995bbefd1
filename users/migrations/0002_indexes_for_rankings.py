"""Indexes of all accounts with their facets, and of the few by username, beside a live table."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline, RemoveIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0001_initial")]

    operations = [
        AddIndexOnline(
            "user",
            models.Index(
                models.F("created_at"), models.F("id"), include=("is_active", "is_staff"), name="user_all_newest"
            ),
        ),
        AddIndexOnline(
            "user",
            models.Index(
                models.F("username"), models.F("id"), include=("is_active", "is_staff"), name="user_all_username"
            ),
        ),
        AddIndexOnline(
            "user",
            models.Index(
                models.F("username"), models.F("id"), condition=models.Q(is_active=False), name="user_inactive_username"
            ),
        ),
        AddIndexOnline(
            "user",
            models.Index(
                models.F("username"), models.F("id"), condition=models.Q(is_staff=True), name="user_staff_username"
            ),
        ),
        RemoveIndexOnline("user", "user_newest"),
    ]
