"""The content app."""

from django.apps import AppConfig


class ContentConfig(AppConfig):
    """Registers the content domain with Django."""

    name = "content"
