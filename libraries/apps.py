"""The libraries app."""

from django.apps import AppConfig


class LibrariesConfig(AppConfig):
    """Folders of generated files, read where they lie and turned into works."""

    name = "libraries"
