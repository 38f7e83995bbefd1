"""The interactions app."""

from django.apps import AppConfig


class InteractionsConfig(AppConfig):
    """Registers the interactions domain with Django."""

    name = "interactions"
