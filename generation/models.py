"""Requests to generate an item, what became of them, and the graphs that backends run for them.

A job is the product's record: it outlives its queue, its worker and the item that it made. What changes every second
while it runs is in a row of its own, its Attempt, which is gone when the job ends.
"""

from uuid import uuid4

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    BigIntegerField,
    BinaryField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    FloatField,
    ForeignKey,
    Index,
    JSONField,
    Manager,
    Model,
    OneToOneField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    SlugField,
    SmallIntegerField,
    TextChoices,
    TextField,
    UniqueConstraint,
    UUIDField,
)
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from content.models import ContentItem, ContentType
from genonaut.moments import in_calendar
from genonaut.ranking import Rankings
from users.models import User
from users.querysets import OwnedQuerySet


class Status(TextChoices):
    """The states of a job."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


# What lists filter on and the ranking counts by.
FACETS = ["status", "job_type"]
OPEN = (Status.PENDING, Status.RUNNING)
FINISHED = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)
# The jobs that a worker may claim.
CLAIMABLE = Q(status=Status.PENDING, is_paused=False)
# A job that ended stays as it ended: to try again is another job. A running one whose worker died waits again.
TRANSITIONS = [
    (Status.PENDING, Status.RUNNING),
    (Status.PENDING, Status.CANCELLED),
    (Status.PENDING, Status.FAILED),
    (Status.RUNNING, Status.PENDING),
    *((Status.RUNNING, end) for end in FINISHED),
]


class Workflow(Model):
    """A graph of ComfyUI in its API format, with the inputs that a job may set. Jobs without one go to the built-in
    renderer. One that is not offered any more is switched off, not deleted: jobs refer to it."""

    name = SlugField(max_length=60, unique=True, help_text="Its name in addresses and requests.")
    title = CharField(max_length=100)
    description = TextField(blank=True)
    output_type = CharField("makes", max_length=5, choices=ContentType, default=ContentType.IMAGE)
    graph = JSONField(help_text="As ComfyUI exports it: Export (API).")
    # What a job may set: name, node (its title or id), field, kind, default, and limits; workflows/ checks them.
    inputs = JSONField(default=list)
    is_active = BooleanField("offered", default=True)
    created_at = DateTimeField(default=timezone.now, editable=False)
    updated_at = DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.title


class ServerChoices(Model):
    """What ComfyUI servers have for workflows: one row, which a worker writes and pages read."""

    id = PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    # Of each node class that workflows name, the choices of its inputs by name.
    choices = JSONField()
    # When a server last answered.
    asked_at = DateTimeField()

    class Meta:
        constraints = [CheckConstraint(condition=Q(pk=1), name="server_choices_one_row")]

    def __str__(self) -> str:
        return f"as of {self.asked_at}"


class AutomaticWorks(Model):
    """The settings of automatic works: one row, which staff edit."""

    id = PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    is_on = BooleanField("on", default=False, help_text="Variants of liked works are asked for every few minutes.")
    account = ForeignKey(User, SET_NULL, null=True, blank=True, related_name="+", help_text="Who asks, and has them.")
    workflow = ForeignKey(
        Workflow, PROTECT, null=True, blank=True, related_name="+", help_text="None: the built-in renderer."
    )
    works_per_day = PositiveSmallIntegerField(default=10, validators=[MaxValueValidator(1_000)])
    likes_needed = PositiveSmallIntegerField(default=3, validators=[MinValueValidator(1)])
    days = PositiveSmallIntegerField(
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="Likes of so many days count.",
    )
    variants_per_work = PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="Of one work, ever."
    )
    # What was asked for on a day of the database's, in UTC.
    day = DateField(null=True, editable=False)
    made_today = PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "automatic works"
        constraints = [
            CheckConstraint(condition=Q(pk=1), name="automatic_works_one_row"),
            CheckConstraint(condition=Q(likes_needed__gte=1, days__range=(1, 365)), name="automatic_works_bounded"),
        ]

    def __str__(self) -> str:
        return "on" if self.is_on else "off"


class GenerationJob(Model):
    """One request to generate one item, or the few that one run of a graph gives. It outlives what it made."""

    user = ForeignKey(User, CASCADE, related_name="generation_jobs", db_index=False)
    job_type = CharField("type", max_length=5, choices=ContentType)
    prompt = TextField(max_length=10_000)
    negative_prompt = TextField(max_length=10_000, blank=True, db_default="")
    # Among them always the seed, as text: JSON numbers are exact up to 2^53 only.
    parameters = JSONField(default=dict, blank=True)
    workflow = ForeignKey(Workflow, PROTECT, null=True, blank=True, related_name="jobs", db_index=False)
    parent = ForeignKey(
        ContentItem,
        SET_NULL,
        null=True,
        blank=True,
        related_name="variant_jobs",
        db_index=False,
        help_text="The work that this one is to be a variant of.",
    )
    # Shown to others as soon as it is made; else when its creator says so.
    publishes = BooleanField(default=False, db_default=False)
    is_automatic = BooleanField(default=False, db_default=False, editable=False)
    # One request of several variants, and the place in it.
    batch = UUIDField(null=True, blank=True, editable=False)
    number = PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # What a client names its request by, so that it may send it again.
    idempotency_key = CharField(max_length=200, null=True, editable=False)  # noqa: DJ001 - NULL: none was sent
    # Of the body that came with that name (genonaut/api/idempotency.py); NULL: none was kept.
    request_digest = UUIDField(null=True, editable=False)
    status = CharField(max_length=9, choices=Status, default=Status.PENDING)
    result = ForeignKey(ContentItem, SET_NULL, null=True, blank=True, related_name="generation_jobs", db_index=False)
    error = TextField(blank=True)
    # Files that the backend listed and that were not fetched: too many, too large, or gone.
    left_out = SmallIntegerField(default=0, db_default=0, editable=False)
    # Higher is sooner; only staff set it. Among equals the lowest turn is next (claims.py).
    priority = SmallIntegerField(default=0, db_default=0)
    turn = BigIntegerField(default=0, db_default=0, editable=False)
    is_paused = BooleanField("paused", default=False, db_default=False)
    # Of the Attempt that may write to this job, and how many there were.
    attempt_key = UUIDField(null=True, editable=False)
    attempts = PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    created_at = DateTimeField(default=timezone.now, editable=False)
    started_at = DateTimeField(null=True, blank=True)
    finished_at = DateTimeField(null=True, blank=True)

    objects = Manager.from_queryset(OwnedQuerySet)()

    rankings = Rankings(
        orders={"newest": ("created_at", "id")},
        facets=tuple(FACETS),
        # No list shows these.
        unwatched=(
            *("prompt", "negative_prompt", "parameters", "error", "workflow", "parent", "publishes", "is_automatic"),
            *("batch", "number", "idempotency_key", "request_digest", "priority", "turn", "attempt_key", "attempts"),
            "left_out",
        ),
    )

    class Meta:
        triggers = [pgtrigger.FSM(name="job_transitions", field="status", transitions=TRANSITIONS)]
        indexes = [
            # What a worker takes next.
            Index(
                F("priority").desc(),
                "turn",
                "id",
                condition=CLAIMABLE,
                name="job_next",
            ),
            # A user's open jobs: how many there are, and the last turn.
            # Written with OR: PostgreSQL gives `IN` back in other words once the index was built again.
            Index("user", "turn", condition=Q(status=Status.PENDING) | Q(status=Status.RUNNING), name="job_user_open"),
            # The running jobs, for the sweep.
            Index("id", condition=Q(status=Status.RUNNING), name="job_running"),
            # The variants of a work, for its page and when it is deleted.
            Index("parent", "id", condition=Q(parent__isnull=False), name="job_parent"),
            # One request of several variants.
            Index("batch", "number", condition=Q(batch__isnull=False), name="job_batch"),
            # The jobs of a workflow that is to be deleted.
            Index("workflow", condition=Q(workflow__isnull=False), name="job_workflow"),
            # A user's own jobs, newest first.
            Index("user", "created_at", "id", name="job_user_newest"),
            # A user's own by status, by type or by both: a list that leaves one of them open merges one run of the
            # index for each of its few values (Listing.facets).
            Index("user", "status", "job_type", "created_at", "id", name="job_user_facets_newest"),
            # Staff's list and the admin's, and what the ranking is counted along (the facets lie in the index, so that
            # the table itself is left alone).
            Index("created_at", "id", include=FACETS, name="job_all_newest"),
            # The same by status, by type or by both, as a user's own.
            Index("status", "job_type", "created_at", "id", name="job_facets_newest"),
            # The jobs whose result is being deleted.
            Index("result", condition=Q(result__isnull=False), name="job_result"),
        ]
        constraints = [
            CheckConstraint(condition=Q(job_type__in=ContentType.values), name="job_type_known"),
            CheckConstraint(condition=Q(status__in=Status.values), name="job_status_known"),
            CheckConstraint(condition=~Q(prompt=""), name="job_prompt_not_empty"),
            # A job is finished exactly when it says when; one that ran says when it began.
            CheckConstraint(
                condition=Q(status__in=FINISHED, finished_at__isnull=False)
                | (~Q(status__in=FINISHED) & Q(finished_at__isnull=True)),
                name="job_finished_at_with_final_status",
            ),
            CheckConstraint(
                condition=~Q(status__in=(Status.RUNNING, Status.COMPLETED)) | Q(started_at__isnull=False),
                name="job_started_at_once_running",
            ),
            CheckConstraint(
                condition=Q(finished_at__isnull=True)
                | Q(started_at__isnull=True)
                | Q(finished_at__gte=F("started_at")),
                name="job_times_in_order",
            ),
            CheckConstraint(
                condition=(Q(status=Status.FAILED) & ~Q(error="")) | (~Q(status=Status.FAILED) & Q(error="")),
                name="job_error_only_with_failed",
            ),
            # A completed job whose result was deleted keeps its status; no other has a result.
            CheckConstraint(
                condition=Q(result__isnull=True) | Q(status=Status.COMPLETED), name="job_result_only_with_completed"
            ),
            CheckConstraint(
                condition=in_calendar("created_at", "started_at", "finished_at"), name="job_times_in_calendar"
            ),
            # Workers write by its attempt's key: none may write to a job that does not run.
            CheckConstraint(
                condition=Q(attempt_key__isnull=True) | Q(status=Status.RUNNING), name="job_attempt_only_while_running"
            ),
            CheckConstraint(
                condition=Q(is_paused=False) | Q(status=Status.PENDING), name="job_paused_only_while_pending"
            ),
            # A request that is sent again is the same one.
            UniqueConstraint(
                fields=["user", "idempotency_key", "number"],
                condition=Q(idempotency_key__isnull=False),
                name="job_request_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_type} #{self.pk}"

    @property
    def image_id(self) -> int | None:
        """The id of the work whose picture the job begins with; None if it begins with none."""
        image = self.parameters.get("image")
        item = image.get("item") if isinstance(image, dict) else None
        return item if isinstance(item, int) else None


class Attempt(Model):
    """The attempt that is running a job now. Its key is the job's name at the backend, kept before it is sent.

    It goes in the transaction that ends the job or gives it back: the table has as many rows as there are running jobs.
    """

    key = UUIDField(primary_key=True, default=uuid4, editable=False)
    job = OneToOneField(GenerationJob, CASCADE, related_name="attempt")
    worker = CharField(max_length=200)
    # Which server took it: what `backends` chooses by.
    backend = CharField(max_length=300, blank=True)
    # Times are the database's own: workers' clocks differ.
    started_at = DateTimeField(db_default=Now())
    sent_at = DateTimeField(null=True)
    # Without an index, so that a heartbeat writes to no index: the sweep reads the attempts of the running jobs.
    heartbeat_at = DateTimeField(db_default=Now())
    fraction = FloatField(null=True)
    position = PositiveSmallIntegerField(null=True)
    preview = BinaryField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(fraction__isnull=True) | Q(fraction__range=(0, 1)), name="attempt_fraction_between_0_and_1"
            ),
        ]

    def __str__(self) -> str:
        return str(self.key)

    @property
    def preview_path(self) -> str:
        """The path of the preview, another one for each frame."""
        moment = round(1_000_000 * self.heartbeat_at.timestamp())
        return f"{reverse('generation:preview', args=[self.job_id])}?at={moment}"


class JobOutput(Model):
    """One work that a job made; the first is the job's `result`."""

    job = ForeignKey(GenerationJob, CASCADE, related_name="outputs", db_index=False)
    item = ForeignKey(ContentItem, CASCADE, related_name="made_by")
    position = PositiveSmallIntegerField()

    class Meta:
        constraints = [UniqueConstraint(fields=["job", "position"], name="job_output_once")]

    def __str__(self) -> str:
        return f"{self.job_id}.{self.position}"
