"""Whom a person follows, the picture that they uploaded, and histories that are being cleared."""

from django.db.models import (
    CASCADE,
    BinaryField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    Model,
    OneToOneField,
    Q,
    UniqueConstraint,
)
from django.utils import timezone

from genonaut.moments import in_calendar
from users.models import User
from users.preferences import VERSION_LENGTH


class Follow(Model):
    """One account follows another. It goes with either."""

    user = ForeignKey(User, CASCADE, related_name="follows", db_index=False)
    person = ForeignKey(User, CASCADE, related_name="followers", db_index=False)
    created_at = DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [
            # Whom a user follows, newest first: their list and their feed.
            Index("user", "created_at", "id", name="follow_user_newest"),
            # The followers of a person: their number, and the rows that go with an account.
            Index("person", name="follow_person"),
        ]
        constraints = [
            UniqueConstraint("user", "person", name="follow_once"),
            CheckConstraint(condition=~Q(user=F("person")), name="follow_not_oneself"),
            CheckConstraint(condition=in_calendar("created_at"), name="follow_time_in_calendar"),
        ]

    def __str__(self) -> str:
        return f"follow #{self.pk}"


class Picture(Model):
    """A square picture of a person, as WebP. It is shown as long as `preferences` of its account name its version."""

    user = OneToOneField(User, CASCADE, primary_key=True, related_name="+")
    version = CharField(max_length=VERSION_LENGTH)
    # A few kilobytes each: beside the account they are in its backups, and go with it.
    small = BinaryField()
    large = BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.version


class HistoryClearing(Model):
    """A user's wish that what they saw up to a moment is forgotten, until it is (histories.py)."""

    user = OneToOneField(User, CASCADE, primary_key=True, related_name="+")
    before = DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            CheckConstraint(condition=in_calendar("before"), name="history_clearing_in_calendar"),
        ]

    def __str__(self) -> str:
        return f"history of #{self.user_id}"
