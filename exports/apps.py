"""The exports app."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    """Registers exports with Django."""

    name = "exports"
