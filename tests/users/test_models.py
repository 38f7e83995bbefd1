"""What the database allows of accounts, and what goes with one that is deleted."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import Model

from content.models import ContentItem
from generation.models import GenerationJob
from interactions.models import Interaction
from recommendations.models import Recommendation
from tests.factories import (
    OUTSIDE_CALENDAR,
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
    UserFactory,
)
from users.models import User

Violated = Callable[[Callable[[], object]], str]
BROKEN = {
    "user_username_unique_in_any_case": {"username": "ALICE"},
    "user_email_unique": {"email": "alice@example.org"},
    "user_email_in_lower_case": {"email": "Bob@example.org"},
    "user_username_not_digits": {"username": "12345"},
    "user_time_in_calendar": {"created_at": OUTSIDE_CALENDAR[0]},
    "user_shown_level_known": {"shown_level": 3},
    "user_blurred_level_known": {"blurred_level": 0},
}


@pytest.mark.parametrize(("name", "fields"), BROKEN.items(), ids=BROKEN)
def test_the_database_refuses_an_account_that_breaks_a_rule(
    alice: User, violated: Violated, name: str, fields: dict[str, object]
) -> None:
    assert violated(lambda: User.objects.bulk_create([UserFactory.build(**fields)])) == name


def test_every_rule_of_accounts_is_tested() -> None:
    assert {constraint.name for constraint in User._meta.constraints} == set(BROKEN)


def test_an_empty_username_is_refused(violated: Violated) -> None:
    assert violated(lambda: UserFactory(username="")) == "user_username_not_digits"


def test_many_accounts_have_no_e_mail(db: None) -> None:
    UserFactory.create_batch(2, email="")
    assert User.objects.filter(email="").count() == 2


@pytest.mark.parametrize(
    ("given", "kept"), [("Alice@Example.ORG", "alice@example.org"), (None, ""), (" a@b.c ", "a@b.c")]
)
def test_an_e_mail_is_kept_in_lower_case(db: None, given: str | None, kept: str) -> None:
    assert User.objects.create_user("zoe", email=given).email == kept


def test_an_account_is_called_by_its_name_else_by_its_username(alice: User) -> None:
    assert [alice.display_name, UserFactory.build(username="zoe").display_name] == ["Alice", "zoe"]


def test_inactive_accounts_are_visible_to_staff_alone(alice: User, staff: User) -> None:
    gone = UserFactory(is_active=False)
    assert set(User.objects.visible_to(alice)) == {alice, staff}
    assert set(User.objects.visible_to(staff)) == {alice, staff, gone}


def left(model: type[Model], *fields: str) -> list[tuple]:
    """Return these fields of all rows."""
    return list(model.objects.order_by("pk").values_list(*fields))


def test_a_deleted_creator_s_public_items_stay_without_them_and_private_ones_go(alice: User, bob: User) -> None:
    public = ContentItemFactory(creator=alice)
    ContentItemFactory(creator=alice, is_private=True)
    others = ContentItemFactory(creator=bob, is_private=True)
    alice.delete()
    assert left(ContentItem, "pk", "creator") == [(public.pk, None), (others.pk, bob.pk)]


def test_a_deleted_user_s_interactions_stay_without_them(alice: User, bob: User) -> None:
    item = ContentItemFactory(creator=bob)
    liked = InteractionFactory(user=alice, content=item, kind="like")
    also = InteractionFactory(user=bob, content=item, kind="like")
    alice.delete()
    assert left(Interaction, "pk", "user", "kind") == [(liked.pk, None, "like"), (also.pk, bob.pk, "like")]


def test_two_deleted_users_likes_of_one_item_both_stay(alice: User, bob: User) -> None:
    item = ContentItemFactory()
    for user in (alice, bob):
        InteractionFactory(user=user, content=item, kind="like")
        user.delete()
    assert left(Interaction, "user", "kind") == [(None, "like")] * 2


def test_a_deleted_user_s_jobs_and_recommendations_go_with_them(alice: User, bob: User) -> None:
    kept = [GenerationJobFactory(user=bob).pk, RecommendationFactory(user=bob).pk]
    GenerationJobFactory(user=alice)
    RecommendationFactory(user=alice)
    alice.delete()
    assert [left(GenerationJob, "pk"), left(Recommendation, "pk")] == [[(kept[0],)], [(kept[1],)]]


def test_what_others_did_with_a_private_item_goes_with_it(alice: User, staff: User) -> None:
    secret = ContentItemFactory(creator=alice, is_private=True)
    InteractionFactory(user=staff, content=secret)
    RecommendationFactory(user=staff, content=secret)
    alice.delete()
    assert [Interaction.objects.count(), Recommendation.objects.count()] == [0, 0]


def test_a_creator_of_many_items_is_deleted_without_loading_them(
    alice: User, django_assert_max_num_queries: Callable
) -> None:
    ContentItem.objects.bulk_create(ContentItemFactory.build_batch(300, creator=alice))
    with django_assert_max_num_queries(39):  # two or three for each table that refers to accounts
        alice.delete()
    assert left(ContentItem, "creator") == [(None,)] * 300


def test_the_next_account_gets_an_id_after_a_bulk_load(db: None) -> None:
    """Trap 17."""
    loaded = User.objects.bulk_create(UserFactory.build_batch(3))
    assert UserFactory().pk > max(user.pk for user in loaded)


def test_the_next_account_gets_an_id_after_a_copy(db: None) -> None:
    """Trap 17: COPY without ids takes them from the sequence."""
    columns = "username, name, email, password, preferences, is_active, is_staff, is_superuser, created_at"
    with connection.cursor() as cursor, cursor.copy(f"COPY users_user ({columns}) FROM STDIN") as copy:
        for number in range(3):
            copy.write_row((f"copied-{number}", "", "", "!", "{}", True, False, False, "2024-01-01T00:00:00Z"))
    assert UserFactory().pk > max(User.objects.filter(username__startswith="copied").values_list("pk", flat=True))
