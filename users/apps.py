"""The users app."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Registers the users domain with Django."""

    name = "users"
