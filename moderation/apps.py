"""The moderation app."""

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    """Registers the moderation domain with Django."""

    name = "moderation"
