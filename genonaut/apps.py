"""Registers genonaut with Django, for its management commands."""

from django.apps import AppConfig


class GenonautConfig(AppConfig):
    """The app of the project itself."""

    name = "genonaut"
