"""Which workflows users are offered, and the three that come with the site."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from generation.models import Workflow
from generation.workflows import BUILT_IN, InputError, named, offered, workflows_for
from generation.workflows.shipped import shipped
from tests.factories import GenerationJobFactory
from users.models import User

pytestmark = pytest.mark.django_db
MIGRATION = import_module("generation.migrations.0014_shipped_workflows")
NAMES = ["picture-to-picture", "text-to-picture", "upscale"]


@pytest.fixture(autouse=True)
def three() -> None:
    """The three that ship, and none else."""
    Workflow.objects.all().delete()
    migrate()


def migrate() -> None:
    """Run the migration forwards."""
    with connection.schema_editor() as editor:
        MIGRATION.add(apps, editor)


def migrate_back() -> None:
    """Run the migration backwards."""
    with connection.schema_editor() as editor:
        MIGRATION.remove(apps, editor)


def names() -> list[str]:
    """Return the names of all workflows."""
    return list(Workflow.objects.order_by("name").values_list("name", flat=True))


def test_three_workflows_ship_and_are_added_once() -> None:
    before = list(Workflow.objects.order_by("pk").values())
    assert names() == NAMES == sorted(shipped())
    migrate()
    assert list(Workflow.objects.order_by("pk").values()) == before


def test_one_that_staff_changed_is_left_alone_and_any_other_is_updated() -> None:
    Workflow.objects.filter(name__in=NAMES[1:]).update(title="Old", is_active=False)
    changed = Workflow.objects.get(name="upscale")
    changed.title = "Ours"
    changed.save()

    migrate()

    rows = {row.name: (row.title, row.is_active) for row in Workflow.objects.all()}
    assert rows == {
        "picture-to-picture": ("Picture to picture", True),
        "text-to-picture": ("Text to picture", False),
        "upscale": ("Ours", False),
    }


def test_back_before_they_shipped_those_stay_that_staff_changed_or_jobs_refer_to(alice: User) -> None:
    GenerationJobFactory(user=alice, workflow=Workflow.objects.get(name="upscale"))
    Workflow.objects.get(name="text-to-picture").save()
    migrate_back()
    assert names() == ["text-to-picture", "upscale"]
    migrate()
    assert names() == NAMES


def test_workflows_are_offered_if_there_is_a_comfyui_and_they_are_switched_on(
    alice: User, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.COMFYUI_URLS = []
    with django_assert_num_queries(0):
        assert workflows_for(alice) == [BUILT_IN]
        assert named(alice, "built-in") is BUILT_IN
    settings.COMFYUI_URLS = ["http://127.0.0.1:8188"]
    Workflow.objects.filter(name="upscale").update(is_active=False)
    with django_assert_num_queries(1):
        assert [workflow.name for workflow in workflows_for(alice)] == ["built-in", *NAMES[:2]]
    assert not offered(AnonymousUser()).exists()
    assert named(alice, "text-to-picture").title == "Text to picture"
    for name in ("upscale", "nothing", "a\0b", ""):
        with pytest.raises(InputError, match=r"^workflow: There is no such workflow\.$"):
            named(alice, name)
