"""What the pages of jobs lead to: the addresses of a job's buttons, and links that filter the list."""

from collections.abc import Sequence
from typing import NamedTuple

from django import template
from django.template import Context
from django.urls import reverse

from generation import workers
from generation.job_cards import JobCard
from generation.models import Status
from genonaut import flags
from genonaut.pagination.listing import Listing
from users.querysets import is_staff

register = template.Library()

LABELS = {
    Status.PENDING: "Waiting",
    Status.RUNNING: "Running",
    Status.COMPLETED: "Done",
    Status.FAILED: "Failed",
    Status.CANCELLED: "Cancelled",
}


NO_WORKER = "No worker is running: what you ask for waits until one is."
NO_WORKER_FOR_STAFF = " “manage.py worker” starts one; “make run” does unless GENERATION_WORKERS is 0."


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


@register.simple_tag(takes_context=True)
def notice_of(context: Context, cards: Sequence[JobCard]) -> str:
    """Return what there is to say of jobs that wait for no worker. One query if any of them waits."""
    if not any(card.is_waiting for card in cards) or making_is_paused() or workers.are_there():
        return ""
    hint = NO_WORKER_FOR_STAFF if is_staff(context["request"].user) else ""
    return f"{NO_WORKER}{hint}"


@register.simple_tag
def status_links(listing: Listing) -> list[Choice]:
    """Return a link for each status, and one for all jobs."""
    current = listing.open_filters.get("status")
    every = Choice("All", listing.query_with(status=None), current is None)
    return [
        every,
        *(Choice(label, listing.query_with(status=str(one)), current == one) for one, label in LABELS.items()),
    ]
