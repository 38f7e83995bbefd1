"""The app that keeps the state of all rankings."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from genonaut import ranking


class RankingConfig(AppConfig):
    """Names the app by its last word."""

    name = "genonaut.ranking"
    label = "ranking"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks of indexes and of partitions."""
        register(ranking.check_covering_indexes, Tags.models)
        register(ranking.check_partitions, Tags.database)
