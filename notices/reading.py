"""Reading notices: what they say, where they lead, how many are unread, and marking them as read."""

from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from genonaut.counted import capped_text, count_up_to
from genonaut.sentences import with_names
from notices.models import Kind, Muted, Notice
from users.models import User

# Unread notices are counted up to here: "99+" says enough.
MOST_UNREAD = 99
LONGEST_EXCERPT = 200


class Card(NamedTuple):
    """A notice as its receiver reads it: `text` may be HTML, as a SafeString."""

    row: Notice
    text: str
    excerpt: str
    address: str


def card_of(row: Notice) -> Card:
    """Return what a notice says and where it leads. The row is loaded by NoticeListing: no query."""
    if row.kind == Kind.JOB:
        batch = row.job.batch
        address = reverse("generation:job", args=[row.job_id]) if batch is None else _batch(batch)
        return Card(row, job_text(row.completed, row.failed), "", address)
    who = row.actor.display_name if row.actor is not None and row.actor.is_active else "An account that is gone"
    if row.kind == Kind.FOLLOW:
        # The profile of an account that is off is not shown.
        address = row.actor.get_absolute_url() if row.actor.is_active else reverse("notices:notices")
        return Card(row, with_names("{} follows you", who), "", address)
    did = "answered in a thread that you wrote in" if row.kind == Kind.ANSWER else "commented"
    text, said = with_names(f"{{}} {did} on “{{}}”", who, row.content.title), row.comment.comment
    excerpt = said if len(said) <= LONGEST_EXCERPT else f"{said[: LONGEST_EXCERPT - 1]}…"
    return Card(row, text, excerpt, reverse("interactions:comment", args=[row.comment_id]))


def _batch(batch: object) -> str:
    return reverse("generation:batch", args=[batch])


def job_text(completed: int, failed: int) -> str:
    """Return what became of the jobs of a request."""
    done = "A job of yours is done" if completed == 1 else f"{completed} jobs of yours are done"
    lost = "a job of yours failed" if failed == 1 else f"{failed} jobs of yours failed"
    if completed and failed:
        return f"{done}, {failed} failed"
    if failed:
        return lost[0].upper() + lost[1:]
    return done if completed else "Your jobs were cancelled"


def unread_count(user: User) -> str:
    """Return how many notices are unread, as text; empty if none is. One query, which walks a partial index."""
    count = count_up_to(Notice.objects.visible_to(user).unread(), MOST_UNREAD)
    return capped_text(count, MOST_UNREAD) if count else ""


def mark_read(rows: QuerySet[Notice]) -> int:
    """Mark unread notices as read; return how many."""
    return rows.filter(read_at__isnull=True).update(read_at=timezone.now())


def muted_kinds(user: User) -> list[str]:
    """Return the kinds that a user does not want. One query."""
    return sorted(Muted.objects.filter(user=user).values_list("kind", flat=True))


@transaction.atomic
def want(user: User, kinds: list[str]) -> None:
    """Tell a user of these kinds from now on, and of no other."""
    Muted.objects.filter(user=user, kind__in=kinds).delete()
    rows = [Muted(user=user, kind=kind) for kind in Kind.values if kind not in kinds]
    Muted.objects.bulk_create(rows, ignore_conflicts=True)
