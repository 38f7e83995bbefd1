"""Registers genonaut.pagination with Django, for its templates, template tags and stored cursors."""

from django.apps import AppConfig


class PaginationConfig(AppConfig):
    """The app of genonaut.pagination."""

    name = "genonaut.pagination"
    default_auto_field = "django.db.models.BigAutoField"
