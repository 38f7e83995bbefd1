"""Dates of deeds that no clock of ours gave: a rating comes with the date of its file, which may be of the future."""

from datetime import datetime, timedelta

from django.utils import timezone

# Clocks of two machines may differ by so much.
TOLERANCE = timedelta(hours=1)


def latest_date() -> datetime:
    """Return the latest date that a deed of now may have; one of a later date is never the newest of its user."""
    return timezone.now() + TOLERANCE
