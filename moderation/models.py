"""Reports: what people say is wrong with a work, a comment or an account, and what staff made of it."""

from typing import Any

from django.db.models import (
    SET_NULL,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    ForeignKey,
    Index,
    Model,
    Q,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.utils import timezone

from content.models import ContentItem
from interactions.models import Interaction
from users.models import User


class Kind(TextChoices):
    """What is reported."""

    WORK = "work"
    COMMENT = "comment"
    ACCOUNT = "account"


class Reason(TextChoices):
    """What is wrong with it."""

    SPAM = "spam", "Spam or advertising"
    ABUSE = "abuse", "Harassment or hate"
    LEVEL = "level", "At the wrong level"
    SEXUAL = "sexual", "Sexual or violent, and not marked so"
    ILLEGAL = "illegal", "Against the law"
    RIGHTS = "rights", "Against my rights, or those of others"
    OTHER = "other", "Something else"


class Outcome(TextChoices):
    """What staff made of it."""

    DISMISSED = "dismissed", "Dismissed"
    HIDDEN = "hidden", "Work hidden"
    LEVELLED = "levelled", "Level set"
    REMOVED = "removed", "Comment removed"
    DELETED = "deleted", "All works of the account deleted"


class Report(Model):
    """One person's report of one thing. It outlives both, and the staff member who closed it."""

    reporter = ForeignKey(User, SET_NULL, null=True, related_name="+", db_index=False)
    kind = CharField(max_length=7, choices=Kind)
    content = ForeignKey(ContentItem, SET_NULL, null=True, related_name="+", db_index=False)
    comment = ForeignKey(Interaction, SET_NULL, null=True, related_name="+", db_index=False)
    account = ForeignKey(User, SET_NULL, null=True, related_name="+", db_index=False)
    # The title or the comment's text when it was reported.
    quoted = TextField(blank=True)
    reason = CharField(max_length=7, choices=Reason)
    text = TextField(blank=True, max_length=2_000)
    created_at = DateTimeField(default=timezone.now, editable=False)
    is_open = BooleanField("open", default=True)
    outcome = CharField(max_length=9, choices=Outcome, blank=True)
    closed_at = DateTimeField(null=True)
    closed_by = ForeignKey(User, SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        indexes = [
            # The queue: open ones first, the newest first.
            Index("is_open", "created_at", "id", name="report_queue"),
            # All of one thing, to close them together and when it is deleted.
            Index("content", "id", condition=Q(content__isnull=False), name="report_content"),
            Index("comment", "id", condition=Q(comment__isnull=False), name="report_comment"),
            Index("account", "id", condition=Q(account__isnull=False), name="report_account"),
            # A closed account's.
            Index("reporter", condition=Q(reporter__isnull=False), name="report_reporter"),
            Index("closed_by", condition=Q(closed_by__isnull=False), name="report_closed_by"),
        ]
        constraints = [
            # Once it is closed, what happens again can be reported again.
            *(
                UniqueConstraint(
                    fields=["reporter", name],
                    condition=Q(**{f"{name}__isnull": False}, is_open=True),
                    name=f"report_{name}_open_once",
                )
                for name in ("content", "comment", "account")
            ),
            CheckConstraint(
                condition=Q(kind=Kind.WORK, comment__isnull=True, account__isnull=True)
                | Q(kind=Kind.COMMENT, content__isnull=True, account__isnull=True)
                | Q(kind=Kind.ACCOUNT, content__isnull=True, comment__isnull=True),
                name="report_of_one_thing",
            ),
            CheckConstraint(condition=Q(reason__in=Reason.values), name="report_reason_known"),
            CheckConstraint(
                condition=Q(is_open=True, outcome="", closed_at__isnull=True, closed_by__isnull=True)
                | Q(is_open=False, outcome__in=Outcome.values, closed_at__isnull=False),
                name="report_closed_with_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} #{self.pk}"

    @property
    def target(self) -> Any:  # noqa: ANN401 - a work, a comment or an account
        """What is reported; None once it is deleted."""
        return {Kind.WORK: self.content, Kind.COMMENT: self.comment, Kind.ACCOUNT: self.account}[Kind(self.kind)]
