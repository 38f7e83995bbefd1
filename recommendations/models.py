"""What the system recommends to whom."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import (
    CASCADE,
    SET_NULL,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    FloatField,
    ForeignKey,
    Index,
    IntegerField,
    Manager,
    Model,
    OneToOneField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.db.models.lookups import Exact
from django.utils import timezone

from content.models import ContentItem
from genonaut.moments import in_calendar
from genonaut.ranking import Rankings
from media.models import Cardinality
from recommendations.querysets import RecommendationQuerySet
from users.models import User

# The version of our own recommender; other rows were made elsewhere.
ALGORITHM = "blend-1"


class Reason(TextChoices):
    """Why a work is recommended."""

    COVISITED = "covisited"
    ALIKE = "alike"
    NEAR = "near"
    POPULAR = "popular"


class Recommendation(Model):
    """One item recommended to one user by one version of an algorithm."""

    user = ForeignKey(User, CASCADE, related_name="recommendations", db_index=False)
    content = ForeignKey(ContentItem, CASCADE, related_name="recommendations")
    score = FloatField(validators=[MinValueValidator(0), MaxValueValidator(1)])
    algorithm = CharField("algorithm version", max_length=50)
    is_served = BooleanField("served", default=False)
    reason = CharField(max_length=9, choices=Reason, blank=True, db_default="", default="")
    # The work of the user's that led to it; shown as long as the user sees it.
    because = ForeignKey(ContentItem, SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    created_at = DateTimeField(default=timezone.now, editable=False)

    objects = Manager.from_queryset(RecommendationQuerySet)()

    rankings = Rankings(
        orders={"newest": ("created_at", "id"), "best": ("score", "created_at", "id")}, facets=("is_served",)
    )

    class Meta:
        indexes = [
            # A user's own recommendations, best first; equal scores newest first.
            Index("user", "score", "created_at", "id", name="recommendation_user_best"),
            # The same, newest first.
            Index("user", "created_at", "id", name="recommendation_user_newest"),
            # A user's own that are still to be served, or were.
            Index("user", "is_served", "score", "created_at", "id", name="recommendation_served_best"),
            Index("user", "is_served", "created_at", "id", name="recommendation_served_newest"),
            # Staff's list and the admin's, by time and by score, and what the rankings are counted along (the facet
            # lies in the index, so that the table itself is left alone).
            Index("created_at", "id", include=["is_served"], name="recommendation_all_newest"),
            Index("score", "created_at", "id", include=["is_served"], name="recommendation_all_best"),
            # The same of those that are still to be served, or were: either may be the few.
            Index("is_served", "created_at", "id", name="recommendation_state_newest"),
            Index("is_served", "score", "created_at", "id", name="recommendation_state_best"),
            # What was recommended for the sake of a work that is deleted.
            Index("because", condition=Q(because__isnull=False), name="recommendation_because"),
        ]
        constraints = [
            # Also the index behind the `user` reference when an account is deleted.
            UniqueConstraint("user", "content", "algorithm", name="recommendation_once_per_algorithm"),
            CheckConstraint(condition=Q(score__range=(0.0, 1.0)), name="recommendation_score_between_0_and_1"),
            CheckConstraint(condition=~Q(algorithm=""), name="recommendation_algorithm_not_empty"),
            CheckConstraint(condition=in_calendar("created_at"), name="recommendation_time_in_calendar"),
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} #{self.pk}"


class Neighbours(Model):
    """The works near to one, the nearest first, as a list of one kind (docs/decisions/0024).

    A neighbour may be deleted or private by now: readers look.
    """

    content = ForeignKey(ContentItem, CASCADE, related_name="+", db_index=False)
    kind = CharField(max_length=9, choices=Reason)
    neighbours = ArrayField(BigIntegerField())
    scores = ArrayField(FloatField())
    # How many users met both works: what is shown to others needs several (showing.LEAST_USERS). NULL of other kinds.
    counts = ArrayField(IntegerField(), null=True)
    computed_at = DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [
            UniqueConstraint("content", "kind", name="neighbours_once_per_kind"),
            CheckConstraint(
                condition=Q(kind__in=(Reason.COVISITED, Reason.ALIKE, Reason.NEAR)), name="neighbours_kind_known"
            ),
            CheckConstraint(
                condition=Exact(Cardinality("neighbours"), Cardinality("scores")), name="neighbours_scores_of_all"
            ),
            # NULL passes.
            CheckConstraint(
                condition=Exact(Cardinality("neighbours"), Cardinality("counts")), name="neighbours_counts_of_all"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.content_id}"


class PopularWork(Model):
    """One of the works that are popular now: what a new user is shown."""

    content = OneToOneField(ContentItem, CASCADE, primary_key=True, related_name="+")
    score = FloatField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.content_id}"


class Arrival(Model):
    """A work that became public and waits to be placed, or one of the last that were placed (arrivals.py).

    Those that wait are written by a trigger (migration 0032), without a look at others: a work may wait twice.
    `content_id` is no reference, which would cost each publication a lock: readers look whether the work is public.
    """

    id = BigAutoField(primary_key=True)
    content_id = BigIntegerField()
    is_placed = BooleanField(db_default=False, default=False)

    class Meta:
        default_permissions = ()
        # Those that wait, the oldest first, and those that were placed, the last first.
        indexes = [Index("is_placed", "id", name="arrival_newest")]
        constraints = [UniqueConstraint("content_id", condition=Q(is_placed=True), name="arrival_placed_once")]

    def __str__(self) -> str:
        return f"{self.content_id}"


class Withdrawal(Model):
    """A user who took back or changed something that they did: their recommendations are to be made again.

    Written by triggers (migration 0033) in the transaction that changes the interactions. `user_id` is no reference,
    which would lock the account: a user may be gone.
    """

    id = BigAutoField(primary_key=True)
    user_id = BigIntegerField()

    class Meta:
        default_permissions = ()
        # Whether a user has any.
        indexes = [Index("user_id", name="withdrawal_user")]

    def __str__(self) -> str:
        return f"{self.user_id}"


class Dismissal(Model):
    """A work that a user is not interested in: it is recommended to them no more."""

    user = ForeignKey(User, CASCADE, related_name="dismissals", db_index=False)
    content = ForeignKey(ContentItem, CASCADE, related_name="+")
    created_at = DateTimeField(default=timezone.now, editable=False)

    class Meta:
        default_permissions = ()
        constraints = [
            UniqueConstraint("user", "content", name="dismissal_once"),
            CheckConstraint(condition=in_calendar("created_at"), name="dismissal_time_in_calendar"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} of {self.content_id}"


class Refresh(Model):
    """What a user's recommendations were made of: their newest interaction then, NULL of none, and their level."""

    user = OneToOneField(User, CASCADE, primary_key=True, related_name="+")
    newest_interaction = BigIntegerField(null=True)
    # The time of that one.
    active_at = DateTimeField(null=True)
    made_at = DateTimeField(default=timezone.now)
    # The highest level of works among them (users/levels.py).
    level = PositiveSmallIntegerField(db_default=0, default=0)

    class Meta:
        default_permissions = ()
        # Those that were made before the neighbours were last learned, the oldest first.
        indexes = [Index("made_at", "user", name="refresh_oldest")]

    def __str__(self) -> str:
        return f"{self.user_id}"


class Watermark(Model):
    """How far a task of the worker has come: rows with higher ids are new to it."""

    name = CharField(max_length=20, primary_key=True)
    row_id = BigIntegerField(default=0)
    # How long its last turn took, and when it ended.
    seconds = FloatField(default=0)
    moved_at = DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.row_id}"
