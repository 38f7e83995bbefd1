"""Bulk tasks: what one person has done to many works, batch by batch, with what is needed to undo it."""

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    CASCADE,
    DO_NOTHING,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    Model,
    OneToOneField,
    PositiveIntegerField,
    Q,
    TextChoices,
    TextField,
)
from django.utils import timezone

from users.models import User


class Status(TextChoices):
    """How far a task is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


# Characters of what an action needs.
VALUE_LIMIT = 200
UNFINISHED = (Status.WAITING, Status.RUNNING)


class BulkTask(Model):
    """An action on works by id, on all works of a query, or the undoing of another task."""

    user = ForeignKey(User, CASCADE, related_name="bulk_tasks", db_index=False)
    # A name in culling.actions.ACTIONS, and what it needs: a tag, a rating.
    action = CharField(max_length=30)
    value = CharField(max_length=VALUE_LIMIT, blank=True)
    # Either these works, in the order chosen, or those of a query of the content list with ids up to `last_id`.
    ids = ArrayField(BigIntegerField(), default=list)
    query = TextField(null=True)  # noqa: DJ001 - NULL: by ids; an empty query is all works
    last_id = BigIntegerField(default=0)
    # Without a constraint: both go with their account, and an undone task may be forgotten before its undoing.
    undoes = OneToOneField("self", DO_NOTHING, null=True, related_name="undone_by", db_constraint=False)
    # So many of `ids` are done, or the works of the query up to this id; a task that was interrupted goes on there.
    position = BigIntegerField(default=0)
    status = CharField(max_length=9, choices=Status, default=Status.WAITING)
    total = PositiveIntegerField(default=0, help_text="Works that it is expected to meet.")
    changed = PositiveIntegerField(default=0)
    unchanged = PositiveIntegerField(default=0, help_text="Works that were so already.")
    # How many works were left alone, by the reason.
    refused = JSONField(default=dict)
    created_at = DateTimeField(default=timezone.now)
    started_at = DateTimeField(null=True)
    worked_at = DateTimeField(null=True)
    finished_at = DateTimeField(null=True)

    class Meta:
        indexes = [
            # A member's own tasks, newest first; also those that go with an account.
            Index("user", "id", name="bulk_task_user_latest"),
            # What workers look for.
            Index(
                F("worked_at").asc(nulls_first=True),
                "id",
                condition=Q(status__in=UNFINISHED),
                name="bulk_task_unfinished",
            ),
            # What is forgotten after some days.
            Index("created_at", name="bulk_task_oldest"),
        ]
        constraints = [
            CheckConstraint(condition=Q(status__in=Status.values), name="bulk_task_status_known"),
            CheckConstraint(
                condition=Q(status__in=UNFINISHED, finished_at__isnull=True)
                | (~Q(status__in=UNFINISHED) & Q(finished_at__isnull=False)),
                name="bulk_task_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} #{self.pk}"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more is done."""
        return self.status not in UNFINISHED

    @property
    def met(self) -> int:
        """How many works it has met so far."""
        return self.changed + self.unchanged + sum(self.refused.values())

    @property
    def percent(self) -> int:
        """How much of it is done, of 100."""
        return 100 if self.status == Status.DONE else min(99, 100 * self.met // max(1, self.total))

    @property
    def per_second(self) -> float | None:
        """How many works it meets in a second; None before the first batch."""
        if self.started_at is None or self.worked_at is None or self.worked_at <= self.started_at:
            return None
        return self.met / (self.worked_at - self.started_at).total_seconds()

    @property
    def seconds_left(self) -> int | None:
        """How long it still takes at that rate; None if that is not known."""
        rate = self.per_second
        return None if self.is_finished or not rate else round(max(0, self.total - self.met) / rate)


class BulkBatch(Model):
    """The works that one batch of a task changed, by id, each with what it was before (null: that needs no telling)."""

    task = ForeignKey(BulkTask, CASCADE, related_name="batches", db_index=False)
    changes = JSONField()
    is_undone = BooleanField(default=False)

    class Meta:
        # A task's batches in the order of its work; the next that is to be undone.
        indexes = [Index("task", "id", name="bulk_batch_of_task")]

    def __str__(self) -> str:
        return f"Batch #{self.pk}"
