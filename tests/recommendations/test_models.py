"""What the database allows of recommendations."""

import math
from collections.abc import Callable

import pytest

from recommendations.models import Recommendation
from tests.factories import OUTSIDE_CALENDAR, ContentItemFactory, RecommendationFactory
from users.models import User

Violated = Callable[[Callable[[], object]], str]
BROKEN = {
    "recommendation_once_per_algorithm": [{"algorithm": "taken"}],
    "recommendation_score_between_0_and_1": [
        {"score": score} for score in (-0.01, math.nextafter(1, 2), math.nan, math.inf)
    ],
    "recommendation_algorithm_not_empty": [{"algorithm": ""}],
    "recommendation_time_in_calendar": [{"created_at": time} for time in OUTSIDE_CALENDAR],
}


@pytest.mark.parametrize(
    ("name", "fields"), [(name, fields) for name, cases in BROKEN.items() for fields in cases], ids=str
)
def test_the_database_refuses_a_recommendation_that_breaks_a_rule(
    alice: User, violated: Violated, name: str, fields: dict
) -> None:
    item = ContentItemFactory()
    RecommendationFactory(user=alice, content=item, algorithm="taken")
    row = RecommendationFactory.build(user=alice, content=item, **fields)
    assert violated(lambda: Recommendation.objects.bulk_create([row])) == name


def test_every_rule_of_recommendations_is_tested() -> None:
    assert {constraint.name for constraint in Recommendation._meta.constraints} == set(BROKEN)


def test_two_algorithms_recommend_the_same_item_to_the_same_user(alice: User) -> None:
    item = ContentItemFactory()
    for algorithm in ("als-1", "als-2"):
        RecommendationFactory(user=alice, content=item, algorithm=algorithm)
    assert Recommendation.objects.count() == 2


def test_the_next_recommendation_gets_an_id_after_a_bulk_load(alice: User) -> None:
    """Trap 17."""
    items = ContentItemFactory.create_batch(3)
    rows = [RecommendationFactory.build(user=alice, content=item) for item in items]
    loaded = Recommendation.objects.bulk_create(rows)
    assert RecommendationFactory().pk > max(row.pk for row in loaded)
