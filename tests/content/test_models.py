"""What the database allows of items, who sees which, and what the search finds."""

import math
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Cast

from content.models import AutoContentItem, ContentItem
from generation.models import GenerationJob, Status
from interactions.models import Interaction
from recommendations.models import Recommendation
from tests.factories import (
    EPOCH,
    OUTSIDE_CALENDAR,
    AutoContentItemFactory,
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
    UserFactory,
)
from users.models import User

Violated = Callable[[Callable[[], object]], str]
BROKEN = {
    "content_title_not_empty": [{"title": ""}],
    "content_type_known": [{"content_type": "smell"}, {"content_type": ""}],
    "content_source_known": [{"source": "bot"}],
    "content_level_known": [{"level": 3}],
    "content_quality_between_0_and_1": [
        {"quality_score": score} for score in (-0.01, math.nextafter(1, 2), math.nan, math.inf, -math.inf)
    ],
    "content_source_id_unique": [{"source_id": "taken"}],
    # The trigger says nothing of a work without generation data.
    "content_alone_leads_itself": [{"leads_stack": False}],
    "content_trash_is_private": [{"trashed_at": EPOCH, "is_private": False}],
    "content_held_is_private": [
        {"held_at": EPOCH, "is_private": False},
        {"held_at": EPOCH, "is_private": True, "trashed_at": EPOCH, "was_private": False},
    ],
    "content_level_not_below_least": [{"level": 0, "least_level": 1}, {"least_level": -1}],
    "content_times_in_calendar": [{"created_at": time} for time in OUTSIDE_CALENDAR],
    # As expressions: the field itself refuses them first.
    "content_generation_seed_64_bits": [{"generation_seed": Value(seed)} for seed in (-1, 2**64)],
}


@pytest.mark.parametrize(
    ("name", "fields"), [(name, fields) for name, cases in BROKEN.items() for fields in cases], ids=str
)
def test_the_database_refuses_an_item_that_breaks_a_rule(
    alice: User, violated: Violated, name: str, fields: dict
) -> None:
    ContentItemFactory(source_id="taken")
    item = ContentItemFactory.build(creator=alice, **fields)
    assert violated(lambda: ContentItem.objects.bulk_create([item])) == name


@pytest.mark.parametrize("time", OUTSIDE_CALENDAR, ids=str)
def test_the_database_refuses_an_update_at_no_time_of_the_calendar(db: None, violated: Violated, time: Cast) -> None:
    """One such row would break every page that it is on."""
    ContentItemFactory()
    assert violated(lambda: ContentItem.objects.update(updated_at=time)) == "content_times_in_calendar"


def test_every_rule_of_items_is_tested() -> None:
    assert {constraint.name for constraint in ContentItem._meta.constraints} == BROKEN.keys()


@pytest.mark.parametrize("score", [None, 0.0, 5e-324, 0.5, 1.0])
def test_a_score_from_0_to_1_or_none_is_kept_exactly(db: None, score: float | None) -> None:
    item = ContentItemFactory(quality_score=score)
    item.refresh_from_db()
    assert item.quality_score == score


def test_many_items_were_not_imported(db: None) -> None:
    ContentItemFactory.create_batch(2, source_id=None)
    assert ContentItem.objects.filter(source_id=None).count() == 2


def test_an_item_without_a_seed_is_given_one_that_the_column_holds(alice: User) -> None:
    item = ContentItem.objects.create(title="A", content_type="text", creator=alice)
    assert 0 <= item.seed < 2**31


def test_a_private_item_is_visible_to_its_creator_and_staff_only(alice: User, bob: User, staff: User) -> None:
    item = ContentItemFactory(creator=alice, is_private=True)
    viewers = (AnonymousUser(), bob, alice, staff)
    assert [list(ContentItem.objects.visible_to(viewer)) for viewer in viewers] == [[], [], [item], [item]]


def test_a_private_item_without_a_creator_is_visible_to_staff_only(alice: User, staff: User) -> None:
    item = ContentItemFactory(creator=None, is_private=True)
    viewers = (AnonymousUser(), alice, staff)
    assert [list(ContentItem.objects.visible_to(viewer)) for viewer in viewers] == [[], [], [item]]


def test_automatic_items_are_those_of_the_automatic_source(db: None) -> None:
    ContentItemFactory()
    automatic = AutoContentItemFactory()
    assert [item.pk for item in AutoContentItem.objects.all()] == [automatic.pk]


def test_what_the_automatic_manager_creates_is_automatic(alice: User) -> None:
    made = AutoContentItem.objects.create(title="A", content_type="text", creator=alice)
    assert ContentItem.objects.get(pk=made.pk).source == "auto"


@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ("harbour", True),
        ("harbours", True),
        ("painted", True),
        ("-harbour", False),
        ('"night harbour"', False),
        ("'", False),
    ],
)
def test_the_search_reads_title_and_prompt(db: None, query: str, finds: bool) -> None:
    ContentItemFactory(title="Harbour at night", prompt="painting of a storm")
    assert ContentItem.objects.matching(query).exists() is finds


def test_the_search_follows_a_changed_title(db: None) -> None:
    item = ContentItemFactory(title="Harbour")
    ContentItem.objects.filter(pk=item.pk).update(title="Desert")
    assert [ContentItem.objects.matching(word).exists() for word in ("harbour", "desert")] == [False, True]


def test_cards_load_nothing_heavy(alice: User) -> None:
    ContentItemFactory(creator=alice)
    card = ContentItem.objects.for_cards().get()
    assert card.get_deferred_fields() == {
        "was_private",
        "held_at",
        "least_level",
        "prompt",
        "data",
        "metadata",
        "tags",
        "generation_seed",
        "generation_id",
        "likes",
        "rating_count",
        "rating_sum",
        "popularity",
        "prior_score",
        "updated_at",
        "search_words",
        "leads_stack",
    }


def test_a_deleted_item_takes_what_was_done_with_it_and_leaves_the_job_that_made_it(alice: User) -> None:
    item = ContentItemFactory(creator=alice)
    InteractionFactory(content=item)
    RecommendationFactory(content=item)
    times = {"created_at": EPOCH, "started_at": EPOCH, "finished_at": EPOCH}
    GenerationJobFactory(user=alice, result=item, status=Status.COMPLETED, **times)
    item.delete()
    assert [Interaction.objects.count(), Recommendation.objects.count()] == [0, 0]
    assert list(GenerationJob.objects.values_list("status", "result")) == [("completed", None)]


def test_the_next_item_gets_an_id_after_a_bulk_load(db: None) -> None:
    """Trap 17."""
    loaded = ContentItem.objects.bulk_create(ContentItemFactory.build_batch(3, creator=UserFactory()))
    assert ContentItemFactory().pk > max(item.pk for item in loaded)


def test_the_next_item_gets_an_id_after_a_copy(alice: User) -> None:
    """Trap 17: COPY without ids takes them from the sequence."""
    columns = "title, content_type, source, creator_id, prompt, data, metadata, tags, is_private, seed, created_at"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY content_contentitem ({columns}, updated_at) FROM STDIN") as copy,
    ):
        for number in range(3):
            row = (f"Copied {number}", "text", "user", alice.pk, "", "", "{}", "{}", False, 1, EPOCH, EPOCH)
            copy.write_row(row)
    copied = ContentItem.objects.filter(title__startswith="Copied").values_list("pk", flat=True)
    assert (len(copied), ContentItemFactory().pk > max(copied)) == (3, True)
