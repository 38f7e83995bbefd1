"""What people do with items: view, like, share, download, bookmark, comment, rate."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import (
    CASCADE,
    SET_NULL,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    FloatField,
    ForeignKey,
    Index,
    JSONField,
    Manager,
    Model,
    OneToOneField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.utils import timezone

from content.models import ContentItem
from genonaut.moments import in_calendar
from genonaut.ranking import Rankings
from interactions.querysets import InteractionQuerySet
from users.models import User


class Kind(TextChoices):
    """What was done."""

    VIEW = "view"
    LIKE = "like"
    SHARE = "share"
    DOWNLOAD = "download"
    BOOKMARK = "bookmark"
    COMMENT = "comment"
    RATE = "rate"


# A person likes, bookmarks and rates an item once.
ONCE_KINDS = (Kind.LIKE, Kind.BOOKMARK, Kind.RATE)
# What is recorded once an hour for each person and item.
HOURLY_KINDS = (Kind.VIEW, Kind.SHARE, Kind.DOWNLOAD)
# What a person sets on an item and takes off again.
MARK_KINDS = (Kind.LIKE, Kind.BOOKMARK)


# Of a comment that is shown as removed.
REMOVED_TEXT = "[removed]"
# No list shows the metadata; the others change with the comment's text, or never.
UNWATCHED = ("metadata", "parent", "edited_at", "removed_at", "idempotency_key")


class Interaction(Model):
    """One thing that one user did with one item.

    When the account is deleted the interaction stays without a user: an item keeps the likes and ratings it earned.
    """

    user = ForeignKey(User, SET_NULL, null=True, related_name="interactions", db_index=False)
    content = ForeignKey(ContentItem, CASCADE, related_name="interactions", db_index=False)
    kind = CharField(max_length=8, choices=Kind)
    rating = PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)], help_text="1 to 5; with `rate`."
    )
    comment = TextField(blank=True, max_length=10_000, help_text="With `comment`.")
    # Of an answer, the comment that it answers: threads have one level.
    parent = ForeignKey("self", CASCADE, null=True, blank=True, related_name="answers", db_index=False, editable=False)
    edited_at = DateTimeField(null=True, editable=False)
    # A comment that was removed and has answers stays as REMOVED_TEXT.
    removed_at = DateTimeField(null=True, editable=False)
    duration_seconds = FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    metadata = JSONField(default=dict, blank=True)
    created_at = DateTimeField(default=timezone.now, editable=False)
    # Names the request that it was made by, which may be sent again.
    idempotency_key = CharField(max_length=200, null=True, editable=False)  # noqa: DJ001 - NULL: none was sent

    objects = Manager.from_queryset(InteractionQuerySet)()

    rankings = Rankings(orders={"newest": ("created_at", "id")}, facets=("kind",), unwatched=UNWATCHED)

    class Meta:
        indexes = [
            # A user's own interactions, newest first.
            Index("user", "created_at", "id", name="interaction_user_newest"),
            # A user's own of one kind: my likes, my bookmarks.
            Index("user", "kind", "created_at", "id", name="interaction_user_kind_newest"),
            # What happened to one item, by kind; also finds the rows that go with a deleted item.
            Index("content", "kind", "created_at", "id", name="interaction_item_kind_newest"),
            # When a user saw an item last: their history shows it once.
            Index("user", "content", "created_at", "id", condition=Q(kind="view"), name="interaction_user_item_views"),
            # The threads of an item, and how many comments it has.
            Index(
                "content",
                "created_at",
                "id",
                condition=Q(kind=Kind.COMMENT, parent__isnull=True),
                name="interaction_item_threads",
            ),
            # The answers of a thread; also finds those that go with a deleted comment.
            Index("parent", "created_at", "id", condition=Q(parent__isnull=False), name="interaction_answers"),
            # Staff's list and the admin's, and what the ranking is counted along (the facet lies in the index, so that
            # the table itself is left alone).
            Index("created_at", "id", include=["kind"], name="interaction_all_newest"),
            # The same of one kind.
            Index("kind", "created_at", "id", name="interaction_kind_newest"),
        ]
        constraints = [
            UniqueConstraint(
                "user", "content", "kind", condition=Q(kind__in=ONCE_KINDS), name="interaction_once_per_user"
            ),
            UniqueConstraint(
                fields=["user", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="interaction_request_once",
            ),
            CheckConstraint(condition=Q(kind__in=Kind.values), name="interaction_kind_known"),
            CheckConstraint(
                condition=Q(kind=Kind.RATE, rating__isnull=False) | (~Q(kind=Kind.RATE) & Q(rating__isnull=True)),
                name="interaction_rating_only_with_rate",
            ),
            CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__range=(1, 5)), name="interaction_rating_1_to_5"
            ),
            CheckConstraint(
                condition=(Q(kind=Kind.COMMENT) & ~Q(comment="")) | (~Q(kind=Kind.COMMENT) & Q(comment="")),
                name="interaction_comment_only_with_comment",
            ),
            CheckConstraint(
                condition=Q(kind=Kind.COMMENT)
                | Q(parent__isnull=True, edited_at__isnull=True, removed_at__isnull=True),
                name="interaction_answers_are_comments",
            ),
            CheckConstraint(
                condition=Q(duration_seconds__isnull=True) | Q(duration_seconds__range=(0.0, 1e9)),
                name="interaction_duration_not_negative",
            ),
            CheckConstraint(condition=in_calendar("created_at"), name="interaction_time_in_calendar"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Merging(Model):
    """A wish that a work is merged into another, until it is (merging.py). It goes with both works and its owner."""

    other = OneToOneField(ContentItem, CASCADE, primary_key=True, related_name="+")
    kept = ForeignKey(ContentItem, CASCADE, related_name="+")
    owner = ForeignKey(User, CASCADE, related_name="+")

    class Meta:
        default_permissions = ()
        constraints = [CheckConstraint(condition=~Q(other=F("kept")), name="merging_into_another")]

    def __str__(self) -> str:
        return f"#{self.other_id} into #{self.kept_id}"
