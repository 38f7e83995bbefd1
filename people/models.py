"""Whom a person follows."""

from django.db.models import CASCADE, CheckConstraint, DateTimeField, F, ForeignKey, Index, Model, Q, UniqueConstraint
from django.utils import timezone

from genonaut.moments import in_calendar
from users.models import User


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
