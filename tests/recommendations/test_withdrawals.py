"""What users take back or change leaves their recommendations, at the next look and at the next turn."""

from collections.abc import Callable

import pytest
from django.test import Client

from content.models import ContentItem
from interactions.likes import set_mark
from interactions.merging import merge
from interactions.models import Interaction, Kind
from interactions.rating import rate
from people.histories import clear_history
from recommendations.freshness import refresh_if_needed
from recommendations.learning import learn
from recommendations.models import Withdrawal
from recommendations.refreshing import compute, refresh, write
from recommendations.turns import refresh_active
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.html import texts
from tests.recommendations.acts import like, never, recommended
from users.models import User

# How a deed is done, and how it is taken back.
TAKEN_BACK: dict[str, tuple[dict[str, object], Callable[[User, ContentItem], object]]] = {
    "history": ({"kind": Kind.VIEW}, lambda user, _work: clear_history(user)),
    "like": ({}, lambda user, work: set_mark(user, work.pk, Kind.LIKE, is_on=False)),
    "rating": ({"kind": Kind.RATE, "rating": 5}, lambda user, work: rate(user, work.pk, 1)),
    "rating of the API": (
        {"kind": Kind.RATE, "rating": 5},
        lambda user, work: Interaction.objects.filter(user=user, content=work).update(rating=1),
    ),
    "comment": (
        {"kind": Kind.COMMENT, "comment": "oh"},
        lambda user, work: Interaction.objects.filter(user=user, content=work).delete(),
    ),
}
taken_back = pytest.mark.parametrize(("deed", "take_back"), TAKEN_BACK.values(), ids=TAKEN_BACK)


def reasons(user: User) -> set[str | None]:
    return {because for _title, _reason, because in recommended(user)}


@pytest.fixture
def boats(foxes: list[ContentItem]) -> list[ContentItem]:
    """Two works that the same three users like, beside foxes; all are learned."""
    works = [ContentItemFactory(title=title) for title in ("boat", "ship")]
    for _ in range(3):
        like(UserFactory(), *works)
    learn()
    return works


@taken_back
def test_what_is_taken_back_is_no_reason_any_more(
    client: Client,
    alice: User,
    foxes: list[ContentItem],
    boats: list[ContentItem],
    deed: dict[str, object],
    take_back: Callable[[User, ContentItem], object],
) -> None:
    like(alice, foxes[0], **deed)
    # What they did last stays.
    like(alice, boats[0])
    client.force_login(alice)
    assert "Because of fox." in " ".join(texts(client.get("/for-you/"), "li", class_="deed"))
    take_back(alice, foxes[0])
    told = " ".join(texts(client.get("/for-you/"), "li", class_="deed"))
    assert ("Because of fox." in told, "Because of boat." in told) == (False, True)
    assert not refresh_if_needed(alice)


@taken_back
def test_a_turn_regards_what_was_taken_back(
    alice: User,
    foxes: list[ContentItem],
    boats: list[ContentItem],
    deed: dict[str, object],
    take_back: Callable[[User, ContentItem], object],
) -> None:
    like(alice, foxes[0], **deed)
    like(alice, boats[0])
    refresh_active(never)
    assert {"fox", "boat"} <= reasons(alice)
    take_back(alice, foxes[0])
    assert (refresh_active(never), refresh_active(never)) == (1, 0)
    assert (reasons(alice), Withdrawal.objects.count()) == ({"boat", None}, 0)


def test_what_is_taken_back_while_recommendations_are_made_is_regarded_at_the_next_look(
    alice: User, foxes: list[ContentItem], boats: list[ContentItem]
) -> None:
    like(alice, foxes[0])
    like(alice, boats[0])
    refresh([alice.pk])
    computed = compute([alice.pk])
    set_mark(alice, foxes[0].pk, Kind.LIKE, is_on=False)
    write(computed)
    assert "fox" in reasons(alice)
    assert refresh_if_needed(alice)
    assert reasons(alice) == {"boat", None}


def test_only_what_is_said_of_users_is_noted_and_once_for_a_statement(alice: User, bob: User) -> None:
    works = ContentItemFactory.create_batch(2, creator=bob)
    like(alice, *works, kind=Kind.VIEW, metadata={"from": "gallery"})
    rate(alice, works[0].pk, 5)
    rate(alice, works[0].pk, 5)
    own = Interaction.objects.filter(user=alice)
    own.update(metadata={})
    assert Withdrawal.objects.count() == 0
    own.filter(kind=Kind.VIEW).update(user=None)
    Interaction.objects.filter(user=None).delete()
    assert list(Withdrawal.objects.values_list("user_id", flat=True)) == [alice.pk]
    # Met is then another work.
    merge(bob, works[1].pk, [works[0].pk])
    assert Withdrawal.objects.count() == 2
    # Of an account that is gone nothing is left.
    own.delete()
    alice.delete()
    assert (refresh_active(never), Withdrawal.objects.count()) == (0, 0)
