"""Tags of the pages of jobs: the addresses of a job's buttons, and links that filter the list."""

from typing import NamedTuple

from django import template
from django.urls import reverse

from generation.models import Status
from genonaut import flags
from genonaut.pagination.listing import Listing

register = template.Library()

LABELS = {
    Status.PENDING: "Waiting",
    Status.RUNNING: "Running",
    Status.COMPLETED: "Done",
    Status.FAILED: "Failed",
    Status.CANCELLED: "Cancelled",
}


class Addresses(NamedTuple):
    """Where a button sends its form, and where script does."""

    plain: str
    fragment: str


class Choice(NamedTuple):
    """A link that filters the list by status."""

    label: str
    query: str
    is_current: bool


@register.simple_tag
def action_addresses(name: str, pk: int) -> Addresses:
    """Return the addresses of one of a job's buttons."""
    return Addresses(reverse(f"generation:{name}", args=[pk]), reverse(f"generation:{name}_fragment", args=[pk]))


@register.simple_tag
def making_is_paused() -> bool:
    """Return whether staff have switched off that workers take jobs."""
    return not flags.is_on(flags.Flag.GENERATION)


@register.simple_tag
def status_links(listing: Listing) -> list[Choice]:
    """Return a link for each status, and one for all jobs."""
    current = listing.open_filters.get("status")
    every = Choice("All", listing.query_with(status=None), current is None)
    return [
        every,
        *(Choice(label, listing.query_with(status=str(one)), current == one) for one, label in LABELS.items()),
    ]
