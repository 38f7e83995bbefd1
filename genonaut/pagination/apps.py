"""Registers genonaut.pagination with Django, for its templates and template tags."""

from django.apps import AppConfig


class PaginationConfig(AppConfig):
    """The app of genonaut.pagination."""

    name = "genonaut.pagination"
