"""What the system recommends to whom."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import (
    CASCADE,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    FloatField,
    ForeignKey,
    Index,
    Manager,
    Model,
    Q,
    UniqueConstraint,
)
from django.utils import timezone

from content.models import ContentItem
from genonaut.moments import in_calendar
from genonaut.ranking import Rankings
from recommendations.querysets import RecommendationQuerySet
from users.models import User


class Recommendation(Model):
    """One item recommended to one user by one version of an algorithm."""

    user = ForeignKey(User, CASCADE, related_name="recommendations", db_index=False)
    content = ForeignKey(ContentItem, CASCADE, related_name="recommendations")
    score = FloatField(validators=[MinValueValidator(0), MaxValueValidator(1)])
    algorithm = CharField("algorithm version", max_length=50)
    is_served = BooleanField("served", default=False)
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
