"""Notices: what a person is told about, and the kinds that they do not want to be told about."""

from django.db.models import (
    CASCADE,
    CharField,
    CheckConstraint,
    DateTimeField,
    ForeignKey,
    Index,
    Manager,
    Model,
    OneToOneField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils import timezone

from content.models import ContentItem
from generation.models import GenerationJob
from genonaut.moments import in_calendar
from interactions.models import Interaction
from notices.querysets import NoticeQuerySet
from users.models import User


class Kind(TextChoices):
    """What happened, as the page of choices says it."""

    COMMENT = "comment", "Comments on my works"
    ANSWER = "answer", "Answers in threads that I wrote in"
    FOLLOW = "follow", "New followers"
    JOB = "job", "Jobs of mine that ended"


class Notice(Model):
    """One thing that a person is told. It goes with what it is about, and with who did it."""

    user = ForeignKey(User, CASCADE, related_name="+", db_index=False)
    kind = CharField(max_length=7, choices=Kind)
    actor = ForeignKey(User, CASCADE, null=True, related_name="+", db_index=False)
    content = ForeignKey(ContentItem, CASCADE, null=True, related_name="+", db_index=False)
    comment = ForeignKey(Interaction, CASCADE, null=True, related_name="+", db_index=False)
    # Of a batch the first one, with how many of all were completed and how many failed.
    job = ForeignKey(GenerationJob, CASCADE, null=True, related_name="+", db_index=False)
    completed = PositiveSmallIntegerField(default=0)
    failed = PositiveSmallIntegerField(default=0)
    created_at = DateTimeField(default=timezone.now, editable=False)
    read_at = DateTimeField(null=True, editable=False)

    objects = Manager.from_queryset(NoticeQuerySet)()

    class Meta:
        indexes = [
            # A person's notices, newest first.
            Index("user", "created_at", "id", name="notice_user_newest"),
            # How many of them are unread.
            Index("user", "id", condition=Q(read_at__isnull=True), name="notice_user_unread"),
            # Those that were read, newest first: of many unread ones few may be.
            Index("user", "created_at", "id", condition=Q(read_at__isnull=False), name="notice_user_read"),
            # What is old enough to be cleared.
            Index("created_at", name="notice_oldest"),
            # Those that go with a work or a comment.
            Index("content", condition=Q(content__isnull=False), name="notice_content"),
            Index("comment", condition=Q(comment__isnull=False), name="notice_comment"),
            # Those that go with an account; a follower's by the constraint below.
            Index("actor", condition=Q(actor__isnull=False), name="notice_actor"),
        ]
        constraints = [
            # A comment on one's own work that answers one's own comment is one notice.
            UniqueConstraint(
                fields=["user", "comment"], condition=Q(comment__isnull=False), name="notice_of_comment_once"
            ),
            UniqueConstraint(fields=["user", "actor"], condition=Q(kind=Kind.FOLLOW), name="notice_of_follower_once"),
            # Also finds those that go with a job.
            UniqueConstraint(fields=["job"], condition=Q(job__isnull=False), name="notice_of_job_once"),
            CheckConstraint(
                condition=Q(kind__in=(Kind.COMMENT, Kind.ANSWER), comment__isnull=False, content__isnull=False)
                | Q(kind=Kind.FOLLOW, actor__isnull=False)
                | Q(kind=Kind.JOB, job__isnull=False),
                name="notice_names_what_happened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Muted(Model):
    """A kind of notices that a person does not want."""

    user = ForeignKey(User, CASCADE, related_name="+", db_index=False)
    kind = CharField(max_length=7, choices=Kind)

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "kind"], name="notice_muted_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind}"


class ReadAll(Model):
    """A user's wish that all notices up to a moment are read, until they are (marking.py)."""

    user = OneToOneField(User, CASCADE, primary_key=True, related_name="+")
    before = DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [CheckConstraint(condition=in_calendar("before"), name="notice_read_all_in_calendar")]

    def __str__(self) -> str:
        return f"notices of #{self.user_id}"
