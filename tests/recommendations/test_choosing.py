"""What takes no place among a user's recommendations, and dates that no clock gave."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from content.models import ContentItem
from interactions.models import Kind
from recommendations import learning, refreshing
from recommendations.freshness import refresh_if_needed
from recommendations.learning import learn
from recommendations.models import PopularWork, Reason, Refresh
from recommendations.refreshing import compute, refresh, write
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.recommendations.acts import like, recommended, titles
from users.levels import Level
from users.models import User

FUTURE = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture
def few_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a site of far more works."""
    monkeypatch.setattr(refreshing, "MOST_CANDIDATES", 2)


def popular_with(users: int, *works: ContentItem) -> None:
    for _ in range(users):
        like(UserFactory(), *works)


@pytest.mark.parametrize("has_taste", [False, True])
def test_explicit_works_leave_room_for_general_ones(
    alice: User, few_candidates: None, has_taste: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "MOST_POPULAR", 2)
    fox = ContentItemFactory(title="fox")
    explicit = [ContentItemFactory(title="explicit", level=Level.EXPLICIT) for _ in range(3)]
    general = ContentItemFactory(title="general")
    popular_with(5, fox, *explicit)
    popular_with(1, fox, general)
    if has_taste:
        like(alice, fox)
    learn()
    refresh([alice.pk])
    assert titles(alice) - {"fox"} == {"general"}
    User.objects.filter(pk=alice.pk).update(shown_level=Level.EXPLICIT)
    refresh([alice.pk])
    assert "explicit" in titles(alice)


def test_own_works_leave_room_for_those_of_others(alice: User, few_candidates: None) -> None:
    own = [ContentItemFactory(title="own", creator=alice) for _ in range(3)]
    other = ContentItemFactory(title="other")
    popular_with(5, *own)
    popular_with(1, other)
    learn()
    refresh([alice.pk])
    assert titles(alice) == {"other"}


def test_a_deed_of_the_future_takes_what_is_popular_from_none(alice: User) -> None:
    now = timezone.now()
    hit, stale, dated = (ContentItemFactory(title=title) for title in ("hit", "stale", "dated"))
    for days, item in ((1, hit), (300, stale)):
        for _ in range(3):
            InteractionFactory(user=UserFactory(), content=item, kind=Kind.LIKE, created_at=now - timedelta(days=days))
    InteractionFactory(user=UserFactory(), content=dated, kind=Kind.LIKE, created_at=FUTURE)
    learn()
    order = PopularWork.objects.order_by("-score", "-content").values_list("content__title", flat=True)
    assert list(order) == ["hit", "dated", "stale"]


def test_a_deed_of_the_future_leaves_for_you_as_fresh_as_it_was(alice: User, foxes: list[ContentItem]) -> None:
    learn()
    like(alice, ContentItemFactory())
    InteractionFactory(user=alice, content=ContentItemFactory(), kind=Kind.RATE, rating=5, created_at=FUTURE)
    assert refresh_if_needed(alice)
    assert Refresh.objects.get(user=alice).active_at < FUTURE
    assert not refresh_if_needed(alice)
    like(alice, foxes[0])
    assert refresh_if_needed(alice)
    assert ("vixen", Reason.COVISITED, "fox") in recommended(alice)
    assert write(compute([alice.pk])) == 1
