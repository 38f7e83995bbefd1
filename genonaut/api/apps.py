"""Registers genonaut.api with Django, for its templates and template tags."""

from django.apps import AppConfig


class APIConfig(AppConfig):
    """The app of genonaut.api."""

    name = "genonaut.api"
