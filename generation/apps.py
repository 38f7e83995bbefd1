"""The generation app."""

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    """Registers the generation domain with Django."""

    name = "generation"
