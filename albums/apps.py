"""The albums app."""

from django.apps import AppConfig


class AlbumsConfig(AppConfig):
    """Registers the albums domain with Django."""

    name = "albums"
