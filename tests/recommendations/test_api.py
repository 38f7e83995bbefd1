"""Recommendations over HTTP: staff make them, users mark them served or dismiss them."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from recommendations.models import Dismissal, Recommendation
from tests.factories import ContentItemFactory, RecommendationFactory
from users.models import User

RECOMMENDATIONS = "/api/v1/recommendations/"
ClientOf = Callable[[User | None], APIClient]


def test_staff_recommend_an_item_to_a_user(client_of: ClientOf, alice: User, staff: User) -> None:
    body = {"user": alice.pk, "content": ContentItemFactory().pk, "score": 0.25, "algorithm": "als-1"}
    answer = client_of(staff).post(RECOMMENDATIONS, body)
    assert (answer.status_code, {name: answer.json()[name] for name in body}) == (201, body)
    assert client_of(alice).get(RECOMMENDATIONS).json()["items"] == [answer.json()]


@pytest.mark.django_db(transaction=True)
def test_the_same_item_is_recommended_once_per_algorithm(api: APIClient, staff: User) -> None:
    row = RecommendationFactory(algorithm="als-1")
    body = {"user": row.user_id, "content": row.content_id, "score": 0.25, "algorithm": "als-1"}
    api.force_login(staff)
    answers = [api.post(RECOMMENDATIONS, {**body, "algorithm": name}) for name in ("als-1", "als-2")]
    assert [answer.status_code for answer in answers] == [409, 201]


@pytest.mark.parametrize("method", ["patch", "put"])
def test_a_user_marks_a_recommendation_served(api: APIClient, alice: User, method: str) -> None:
    row = RecommendationFactory(user=alice)
    api.force_login(alice)
    answer = getattr(api, method)(f"{RECOMMENDATIONS}{row.pk}/", {"is_served": True})
    assert (answer.status_code, Recommendation.objects.get().is_served) == (200, True)


def test_a_user_dismisses_a_recommendation_and_staff_only_delete_it(api: APIClient, alice: User, staff: User) -> None:
    rows = [RecommendationFactory(user=alice) for _ in range(2)]
    for user, row in zip((staff, alice), rows, strict=True):
        api.force_login(user)
        assert api.delete(f"{RECOMMENDATIONS}{row.pk}/").status_code == 204
    assert Recommendation.objects.count() == 0
    assert list(Dismissal.objects.values_list("user", "content")) == [(alice.pk, rows[1].content_id)]


def test_equal_scores_are_newest_first(api: APIClient, alice: User) -> None:
    rows = [RecommendationFactory(user=alice, score=score) for score in (0.5, 0.9, 0.5)]
    api.force_login(alice)
    items = api.get(RECOMMENDATIONS).json()["items"]
    assert [item["id"] for item in items] == [rows[1].pk, rows[2].pk, rows[0].pk]
