"""Clearing notices that are old, read or not: each process of the site looks every few seconds."""

from datetime import timedelta

from django.utils import timezone

from genonaut.upkeep import clear
from notices.models import Notice

KEPT = timedelta(days=90)


def clear_old() -> int:
    """Delete notices of more than 90 days, in batches; return how many. One query if there are none."""
    return clear(Notice.objects.filter(created_at__lt=timezone.now() - KEPT))
