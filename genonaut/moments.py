"""The moments that there are to Python; PostgreSQL knows more: infinity, and the years beyond 9999."""

from datetime import UTC, datetime

from django.db.models import Q

CALENDAR = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def in_calendar(*fields: str) -> Q:
    """Return the condition that fields hold moments that Python can read; NULL passes a CHECK.

    One row with another would break every page that it is on.
    """
    return Q(*((f"{name}__range", CALENDAR) for name in fields))
