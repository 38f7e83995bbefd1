"""Reporting a work, a comment or an account, and closing reports. A person has one open report of each thing."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from content import moderated
from content.models import ContentItem, Level
from genonaut import deletions
from genonaut.http.limits import Rate, check_rate
from genonaut.models import Deletion
from genonaut.sentences import with_names
from interactions import comments
from interactions.models import Interaction
from interactions.models import Kind as InteractionKind
from moderation.models import Kind, Outcome, Report
from users.models import User

RATE = Rate(20, timedelta(hours=1))
# The column that refers to a reported thing.
COLUMNS = {Kind.WORK: "content", Kind.COMMENT: "comment", Kind.ACCOUNT: "account"}


class UnknownThingError(LookupError):
    """No such thing is there for the user to see."""


class Thing(NamedTuple):
    """What may be reported, and how its page calls it."""

    kind: Kind
    row: Model
    name: str
    # What a report keeps of it. An account's name goes with the account.
    quoted: str
    address: str


def thing_of(kind: Kind, pk: int, viewer: User | AnonymousUser) -> Thing:
    """Return what a viewer may report. One query or two. Raises UnknownThingError."""
    if kind == Kind.WORK:
        item = _seen_item(pk, viewer)
        return Thing(kind, item, with_names("“{}”", item.title), item.title, item.get_absolute_url())
    if kind == Kind.COMMENT:
        row = Interaction.objects.filter(pk=pk, kind=InteractionKind.COMMENT, removed_at=None).first()
        if row is None:
            raise UnknownThingError(pk)
        item = _seen_item(row.content_id, viewer)
        return Thing(kind, row, with_names("a comment on “{}”", item.title), row.comment, comments.path_of(row))
    account = User.objects.filter(pk=pk, is_active=True).first()
    if account is None:
        raise UnknownThingError(pk)
    return Thing(kind, account, with_names("the account “{}”", account.username), "", account.get_absolute_url())


def _seen_item(pk: int, viewer: User | AnonymousUser) -> ContentItem:
    item = ContentItem.objects.visible_to(viewer).filter(pk=pk).only("title", "creator_id", "is_private").first()
    if item is None:
        raise UnknownThingError(pk)
    return item


def is_reported(reporter: User, thing: Thing) -> bool:
    """Return whether a person's report of a thing is open. One query."""
    return Report.objects.filter(reporter=reporter, is_open=True, **{COLUMNS[thing.kind]: thing.row}).exists()


def report(reporter: User, thing: Thing, *, reason: str, text: str = "") -> bool:
    """Report a thing; return whether it is the person's only open report of it. Raises TooManyTriesError."""
    if is_reported(reporter, thing):
        return False
    check_rate(RATE, "report", reporter.pk)
    row = Report(reporter=reporter, kind=thing.kind, quoted=thing.quoted, reason=reason, text=text)
    setattr(row, COLUMNS[thing.kind], thing.row)
    # The unique constraint decides between two at once: the second does nothing.
    Report.objects.bulk_create([row], ignore_conflicts=True)
    return True


# --- What staff make of it


def close(reports: QuerySet[Report], closer: User, outcome: Outcome) -> int:
    """Close open reports; return how many."""
    closed = {"is_open": False, "outcome": outcome, "closed_at": timezone.now(), "closed_by": closer}
    return reports.filter(is_open=True).update(**closed)


@transaction.atomic
def hide_works(chosen: Sequence[Report], closer: User) -> int:
    """Make the reported works private until they are released, and close all reports of them; return how many works."""
    pks = [row.content_id for row in _one_for_each(chosen, "content")]
    moderated.hold(ContentItem.objects.filter(pk__in=pks))
    close(Report.objects.filter(content__in=pks), closer, Outcome.HIDDEN)
    return len(pks)


def release_works(chosen: Sequence[Report]) -> int:
    """Let the owners of reported works that were hidden make them public again; return how many works."""
    pks = [row.content_id for row in _one_for_each(chosen, "content")]
    return moderated.release(ContentItem.objects.filter(pk__in=pks))


@transaction.atomic
def set_levels(chosen: Sequence[Report], closer: User, level: Level) -> int:
    """Put the reported works at a level, which is their least from now on, and close all reports of them; return how
    many works."""
    pks = [row.content_id for row in _one_for_each(chosen, "content")]
    moderated.set_least_level(ContentItem.objects.filter(pk__in=pks), level)
    close(Report.objects.filter(content__in=pks), closer, Outcome.LEVELLED)
    return len(pks)


@transaction.atomic
def remove_comments(chosen: Sequence[Report], closer: User) -> int:
    """Remove the reported comments, and close all reports of them; return how many comments."""
    rows = [row.comment for row in _one_for_each(chosen, "comment")]
    close(Report.objects.filter(comment__in=rows), closer, Outcome.REMOVED)
    for row in rows:
        comments.remove(row)
    return len(rows)


def accounts_of(chosen: Sequence[Report]) -> list[User]:
    """Return whose works, comments or accounts are reported, each once. The rows are loaded with them."""
    found = (_account_of(row) for row in chosen)
    return list({user.pk: user for user in found if user is not None}.values())


def _account_of(row: Report) -> User | None:
    if row.content is not None:
        return row.content.creator
    return row.account if row.comment is None else row.comment.user


@transaction.atomic
def delete_all_works(accounts: Collection[User], closer: User) -> list[Deletion]:
    """Ask for the deletion of all works of accounts, and close the reports of them and of their works."""
    about = Q(account__in=accounts) | Q(content__creator__in=accounts)
    pks = list(Report.objects.filter(about, is_open=True).values_list("pk", flat=True))
    close(Report.objects.filter(pk__in=pks), closer, Outcome.DELETED)
    return [deletions.ask(account, "items") for account in accounts]


def _one_for_each(chosen: Sequence[Report], name: str) -> list[Report]:
    return list({getattr(row, f"{name}_id"): row for row in chosen if getattr(row, name) is not None}.values())
