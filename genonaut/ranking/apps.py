"""The app that keeps the state of all rankings."""

from django.apps import AppConfig


class RankingConfig(AppConfig):
    """Names the app by its last word."""

    name = "genonaut.ranking"
    label = "ranking"
    default_auto_field = "django.db.models.BigAutoField"
