"""What counting likes, choosing leaders of stacks, emptying trashes and moderators' decisions keep for themselves:
deltas, changes, wishes, what is gone, and how far each came."""

from uuid import uuid4

from django.db.models import (
    CASCADE,
    BigAutoField,
    BigIntegerField,
    BinaryField,
    BooleanField,
    CheckConstraint,
    DateTimeField,
    ForeignKey,
    Index,
    IntegerField,
    Model,
    OneToOneField,
    PositiveSmallIntegerField,
    Q,
    SmallIntegerField,
    UUIDField,
)
from django.db.models.lookups import Exact

from genonaut.moments import in_calendar
from media.models import SHA256_BYTES, OctetLength
from users.levels import Level
from users.models import User


class CountDelta(Model):
    """What interactions added to the counts of a work, and is not moved into its columns yet.

    Written by triggers (interactions, migration 0009). `owner_id` is NULL for a public work: changes of private works
    must not show in others' versions.
    """

    id = BigAutoField(primary_key=True)
    content_id = BigIntegerField()
    owner_id = BigIntegerField(null=True)
    likes = IntegerField()
    rating_count = IntegerField()
    rating_sum = IntegerField()
    weight = IntegerField()

    class Meta:
        default_permissions = ()
        indexes = [
            # Pending likes of the works of a page, and of all for versions: without the many views.
            Index(
                "content_id",
                include=["id", "owner_id", "likes"],
                condition=~Q(likes=0),
                name="count_delta_likes",
            ),
            # Pending ratings of a work, for its page.
            Index(
                "content_id",
                include=["rating_count", "rating_sum"],
                condition=~Q(rating_count=0) | ~Q(rating_sum=0),
                name="count_delta_ratings",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.likes:+} {self.content_id}"


class CountState(Model):
    """How far counting is: one row. `changes` counts the changes of popularity, which orders a list by it."""

    id = PositiveSmallIntegerField(primary_key=True, default=1)
    changes = BigIntegerField(db_default=0)
    compacted_at = DateTimeField(null=True)
    refreshed_at = DateTimeField(null=True)
    # The next work of a refresh or a rebuild that is under way; NULL if none is.
    refresh_from = BigIntegerField(null=True)
    rebuild_from = BigIntegerField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [CheckConstraint(condition=Q(id=1), name="count_state_is_one_row")]

    def __str__(self) -> str:
        return f"{self.changes} changes"


class StackChange(Model):
    """A stack that works came to or left, whose leader is to be chosen again. Written by triggers (migration 0050)."""

    id = BigAutoField(primary_key=True)
    stack = BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.stack)


class StackState(Model):
    """How far works were put into stacks: one row. `salt` keeps others from computing the stack of a guessed prompt."""

    id = PositiveSmallIntegerField(primary_key=True, default=1)
    salt = UUIDField(default=uuid4)
    # The next work to look at, and whether all that there were have been looked at.
    build_from = BigIntegerField(db_default=0)
    is_built = BooleanField(db_default=False)

    class Meta:
        default_permissions = ()
        constraints = [CheckConstraint(condition=Q(id=1), name="stack_state_is_one_row")]

    def __str__(self) -> str:
        return "built" if self.is_built else f"from {self.build_from}"


class TrashEmptying(Model):
    """An owner's wish that all works that were in their trash at a moment go for good, until they are gone
    (content/trash.py)."""

    owner = OneToOneField(User, CASCADE, primary_key=True, related_name="+")
    before = DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [CheckConstraint(condition=in_calendar("before"), name="trash_emptying_in_calendar")]

    def __str__(self) -> str:
        return f"trash of #{self.owner_id}"


class PastDecision(Model):
    """What moderators decided about a work that is deleted. It holds for the next work of its creator and content,
    which takes it up (content/moderated.py). By hash: the content may be gone too."""

    creator = ForeignKey(User, CASCADE, related_name="+", db_index=False)
    sha256 = BinaryField()
    held_at = DateTimeField(null=True)
    least_level = SmallIntegerField(choices=Level, default=Level.GENERAL, db_default=Level.GENERAL)

    class Meta:
        default_permissions = ()
        indexes = [
            # Those of contents that arrive, and all that go with an account.
            Index("creator", "sha256", name="past_decision_content"),
        ]
        constraints = [
            CheckConstraint(condition=Exact(OctetLength("sha256"), SHA256_BYTES), name="past_decision_sha256_32_bytes"),
            CheckConstraint(condition=Q(held_at__isnull=False) | Q(least_level__gt=0), name="past_decision_says_one"),
            CheckConstraint(condition=Q(least_level__in=Level.values), name="past_decision_level_known"),
            CheckConstraint(condition=in_calendar("held_at"), name="past_decision_in_calendar"),
        ]

    def __str__(self) -> str:
        return f"content {bytes(self.sha256).hex()[:12]} of #{self.creator_id}"
