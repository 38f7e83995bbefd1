"""The media app."""

from django.apps import AppConfig


class MediaConfig(AppConfig):
    """Files that generators made: where they lie, what they are, and what is written in them."""

    name = "media"
