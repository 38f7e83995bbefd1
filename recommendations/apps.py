"""The recommendations app."""

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """Registers the recommendations domain with Django."""

    name = "recommendations"
