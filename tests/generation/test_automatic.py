"""Automatic works: which works are varied, within which limits, and what becomes of the variants."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError
from django.utils import timezone
from pytest_django.fixtures import Settings

from content import moderated
from content.models import ContentItem, Level, Source
from generation import claims
from generation.automatic import make_variants
from generation.models import AutomaticWorks, GenerationJob, Workflow
from generation.orders import NOT_VARIED
from generation.pages.kin import kin_of
from generation.performing import perform
from generation.workflows.shipped import write_shipped
from genonaut import flags
from tests.factories import ContentItemFactory, InteractionFactory, MediaFileFactory, UserFactory
from tests.generation.conftest import Together
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def limits(db: None) -> AutomaticWorks:
    """Switched on: two likes suffice, and each work is varied once."""
    account = UserFactory(username="painter")
    return AutomaticWorks.objects.create(is_on=True, account=account, likes_needed=2, works_per_day=10)


def liked(likes: int, *, age: timedelta = timedelta(hours=1), **fields: Any) -> ContentItem:
    """Return a work that so many users liked."""
    item = ContentItemFactory(**{"prompt": "a harbour", **fields})
    for _ in range(likes):
        InteractionFactory(content=item, kind="like", created_at=timezone.now() - age)
    return item


def parents() -> list[ContentItem]:
    """Return the works that variants were asked of, in that order."""
    return [job.parent for job in GenerationJob.objects.order_by("pk")]


def test_works_are_varied_that_all_may_see_with_their_prompts_the_most_liked_first(
    limits: AutomaticWorks, alice: User
) -> None:
    file = MediaFileFactory(width=640, height=448)
    some, most = liked(2), liked(3, media_file=file)
    liked(1)
    liked(4, age=timedelta(days=8))
    for hidden in ({"is_private": True}, {"hides_prompt": True}, {"prompt": ""}, {"content_type": "audio"}):
        liked(4, creator=alice, **hidden)
    InteractionFactory.create_batch(3, content=ContentItemFactory(prompt="a"), kind="view")
    assert (make_variants(), parents()) == (2, [most, some])
    job = GenerationJob.objects.order_by("pk")[0]
    assert (job.user, job.prompt, job.is_automatic, job.publishes, job.priority) == (
        limits.account,
        "a harbour",
        True,
        True,
        -1,
    )
    assert {**job.parameters, "seed": ""} == {"seed": "", "width": 640, "height": 448}
    assert (make_variants(), make_variants()) == (0, 0)  # each was varied


def test_works_that_visitors_lists_leave_out_are_not_varied(limits: AutomaticWorks, settings: Settings) -> None:
    put_there = liked(3)
    explicit, sensitive = liked(4, level=Level.EXPLICIT), liked(2, level=Level.SENSITIVE)
    moderated.set_least_level(ContentItem.objects.filter(pk=put_there.pk), Level.EXPLICIT)
    assert make_variants() == 0
    settings.ANONYMOUS_LEVEL = "sensitive"
    assert (make_variants(), parents()) == (1, [sensitive])
    settings.ANONYMOUS_LEVEL = "explicit"
    assert (make_variants(), parents()) == (2, [sensitive, explicit, put_there])


def off() -> None:
    AutomaticWorks.objects.update(is_on=False)


@pytest.mark.parametrize(
    "switch",
    [
        off,
        lambda: AutomaticWorks.objects.all().delete(),
        lambda: AutomaticWorks.objects.update(account=None),
        lambda: AutomaticWorks.objects.update(works_per_day=0),
        lambda: User.objects.filter(username="painter").update(is_active=False),
        lambda: flags.turn(flags.Flag.GENERATION, is_on=False),
    ],
)
def test_nothing_is_made_while_it_is_switched_off(limits: AutomaticWorks, switch: Callable[[], object]) -> None:
    liked(2)
    switch()
    assert (make_variants(), GenerationJob.objects.count()) == (0, 0)


def test_nothing_is_made_that_has_no_room(
    limits: AutomaticWorks, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    liked(2)
    settings.UPLOAD_QUOTA_BYTES = 1
    ContentItemFactory(creator=limits.account, media_file=MediaFileFactory(stored_as="x", size=1))
    # Nor is each work told of, each minute.
    assert (make_variants(), parents(), caplog.messages) == (0, [], [])
    settings.UPLOAD_QUOTA_BYTES = 0
    assert make_variants() == 1


def test_it_is_off_until_staff_say_otherwise(db: None) -> None:
    liked(100)
    assert (make_variants(), AutomaticWorks(pk=1).is_on) == (0, False)
    with pytest.raises(IntegrityError):
        AutomaticWorks.objects.create(pk=2)


@pytest.mark.django_db(transaction=True)
def test_a_day_s_limit_holds_among_several_workers(together: Together) -> None:
    account = UserFactory(username="painter")
    AutomaticWorks.objects.create(is_on=True, account=account, likes_needed=1, works_per_day=3)
    for _ in range(6):
        liked(1)
    made = together(make_variants, make_variants, make_variants)
    assert (sum(made), GenerationJob.objects.count()) == (3, 3)
    row = AutomaticWorks.objects.get()
    assert (row.made_today, len({job.parent_id for job in GenerationJob.objects.all()})) == (3, 3)
    AutomaticWorks.objects.update(day=row.day - timedelta(days=1))
    assert (make_variants(), AutomaticWorks.objects.get().made_today) == (3, 3)


def test_a_work_is_varied_as_often_as_is_allowed(limits: AutomaticWorks) -> None:
    AutomaticWorks.objects.update(variants_per_work=2)
    item = liked(2)
    assert ([make_variants() for _ in range(3)], parents()) == ([1, 1, 0], [item, item])
    seeds = GenerationJob.objects.values_list("parameters__seed", flat=True)
    assert len(set(seeds)) == 2


def test_a_workflow_that_needs_a_picture_gets_the_work_s(limits: AutomaticWorks) -> None:
    write_shipped(Workflow.objects.all())  # tests that commit empty the tables
    workflow = Workflow.objects.get(name="picture-to-picture")
    AutomaticWorks.objects.update(workflow=workflow)
    liked(3)
    item = liked(2, media_file=MediaFileFactory())
    assert (make_variants(), parents()) == (1, [item])
    assert GenerationJob.objects.get().parameters["image"] == {"item": item.pk}
    Workflow.objects.update(is_active=False)
    liked(3, media_file=MediaFileFactory())
    assert make_variants() == 0


def test_twenty_liked_works_take_few_queries(
    limits: AutomaticWorks, django_assert_num_queries: Callable[..., Any]
) -> None:
    with django_assert_num_queries(2 + 2 + 1):  # a savepoint, the limits and the day, likes
        make_variants()
    liked(2)
    with django_assert_num_queries(2 + 2 + 2 + 5 + 1):  # and works, a request with its savepoint, the count
        assert make_variants() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_folders")
def test_a_variant_is_a_public_automatic_work_that_says_what_it_came_from() -> None:
    AutomaticWorks.objects.create(is_on=True, account=UserFactory(username="painter"), likes_needed=1)
    item = liked(1)
    make_variants()
    GenerationJob.objects.update(parameters={"seed": "1", "width": 64, "height": 64})
    assert perform(claims.claim("here")) == "completed"
    work = GenerationJob.objects.get().result
    assert (work.source, work.is_private, work.creator.username) == (Source.AUTO, False, "painter")
    assert kin_of(work, UserFactory()).parents == [item]


@pytest.fixture
def variant_of(db: None) -> Callable[[ContentItem], GenerationJob]:
    """Asks for the variant of a liked work, and claims it."""
    AutomaticWorks.objects.create(is_on=True, account=UserFactory(username="painter"), likes_needed=1)

    def claimed(item: ContentItem) -> GenerationJob:
        assert (make_variants(), parents()) == (1, [item])
        GenerationJob.objects.update(parameters={"seed": "1", "width": 64, "height": 64})
        return claims.claim("here")

    return claimed


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_folders")
def test_a_variant_is_at_the_level_of_its_work(
    variant_of: Callable[[ContentItem], GenerationJob], settings: Settings
) -> None:
    settings.ANONYMOUS_LEVEL = "explicit"
    job = variant_of(liked(1, level=Level.EXPLICIT))
    assert perform(job) == "completed"
    job.refresh_from_db()
    settings.ANONYMOUS_LEVEL = "sensitive"
    assert (job.result.is_private, job.result.level) == (False, Level.EXPLICIT)
    assert not ContentItem.objects.shown_to(AnonymousUser()).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_folders")
@pytest.mark.parametrize(
    "change",
    [
        lambda works: works.update(level=Level.EXPLICIT),
        lambda works: works.update(hides_prompt=True),
        moderated.hold,
        lambda works: works.delete(),
    ],
    ids=["explicit", "prompt hidden", "held", "gone"],
)
def test_a_work_that_visitors_are_not_shown_by_now_has_no_variant(
    variant_of: Callable[[ContentItem], GenerationJob], change: Callable[[Any], object]
) -> None:
    item = liked(1)
    job = variant_of(item)
    change(ContentItem.objects.filter(pk=item.pk))
    assert perform(job) == f"failed: {NOT_VARIED}"
    assert not ContentItem.objects.exclude(pk=item.pk).exists()
