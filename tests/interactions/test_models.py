"""What the database allows of interactions."""

import math
from collections.abc import Callable

import pytest

from interactions.models import ONCE_KINDS, Interaction, Kind
from tests.factories import EPOCH, OUTSIDE_CALENDAR, ContentItemFactory, InteractionFactory
from users.models import User

Violated = Callable[[Callable[[], object]], str]
BROKEN = {
    "interaction_once_per_user": [{"kind": "like"}, {"kind": "bookmark"}, {"kind": "rate", "rating": 1}],
    "interaction_request_once": [{"kind": "view", "idempotency_key": "x"}],
    "interaction_kind_known": [{"kind": "poke"}, {"kind": ""}],
    "interaction_rating_only_with_rate": [{"kind": "view", "rating": 3}, {"kind": "rate", "rating": None}],
    "interaction_rating_1_to_5": [{"kind": "rate", "rating": 0}, {"kind": "rate", "rating": 6}],
    "interaction_comment_only_with_comment": [{"kind": "comment", "comment": ""}, {"kind": "view", "comment": "a"}],
    "interaction_answers_are_comments": [{"kind": "view", "edited_at": EPOCH}, {"kind": "like", "removed_at": EPOCH}],
    "interaction_duration_not_negative": [
        {"duration_seconds": seconds} for seconds in (-1.0, -0.0001, 1e9 + 1, math.nan, math.inf)
    ],
    "interaction_time_in_calendar": [{"created_at": time} for time in OUTSIDE_CALENDAR],
}
VALID = {
    Kind.VIEW: {"duration_seconds": 2.5},
    Kind.LIKE: {},
    Kind.SHARE: {},
    Kind.DOWNLOAD: {"duration_seconds": 0.0},
    Kind.BOOKMARK: {},
    Kind.COMMENT: {"comment": "Fine"},
    Kind.RATE: {"rating": 5},
}


@pytest.mark.parametrize(
    ("name", "fields"), [(name, fields) for name, cases in BROKEN.items() for fields in cases], ids=str
)
def test_the_database_refuses_an_interaction_that_breaks_a_rule(
    alice: User, violated: Violated, name: str, fields: dict
) -> None:
    item = ContentItemFactory()
    if name in ("interaction_once_per_user", "interaction_request_once"):
        InteractionFactory(user=alice, content=item, **fields)
    row = InteractionFactory.build(user=alice, content=item, **fields)
    assert violated(lambda: Interaction.objects.bulk_create([row])) == name


def test_every_rule_of_interactions_is_tested() -> None:
    assert {constraint.name for constraint in Interaction._meta.constraints} == set(BROKEN)


@pytest.mark.parametrize(("kind", "fields"), VALID.items(), ids=VALID)
def test_what_is_not_done_once_is_done_any_number_of_times(alice: User, kind: Kind, fields: dict) -> None:
    item = ContentItemFactory()
    times = 1 if kind in ONCE_KINDS else 3
    InteractionFactory.create_batch(times, user=alice, content=item, kind=kind, **fields)
    assert Interaction.objects.filter(kind=kind).count() == times


def test_two_users_like_the_same_item(alice: User, bob: User) -> None:
    item = ContentItemFactory()
    for user in (alice, bob):
        InteractionFactory(user=user, content=item, kind=Kind.LIKE)
    assert Interaction.objects.filter(content=item, kind=Kind.LIKE).count() == 2


def test_the_next_interaction_gets_an_id_after_a_bulk_load(alice: User) -> None:
    """Trap 17."""
    item = ContentItemFactory()
    loaded = Interaction.objects.bulk_create(InteractionFactory.build_batch(3, user=alice, content=item))
    assert InteractionFactory().pk > max(row.pk for row in loaded)
