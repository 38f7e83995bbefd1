"""The people app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registers what is a person's own with Django: their lists, whom they follow, and their feed."""

    name = "people"
