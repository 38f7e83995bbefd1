"""The app `ranked`."""

from django.apps import AppConfig


class RankedConfig(AppConfig):
    """Names the app by its last word."""

    name = "tests.ranking.ranked"
    default_auto_field = "django.db.models.BigAutoField"
