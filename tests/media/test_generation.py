"""Stored generation data as the dataclass of generators, and who may know where a content lies."""

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoAssertNumQueries

from media.generation import generation_of
from media.generation_data.blocks import Generation, ModelUse
from media.models import GenerationData, GenerativeModel, Library, ModelKind
from media.places import MAX_PLACES, places_known_to
from tests.factories import GenerationDataFactory, MediaFileFactory, UserFactory
from tests.media.files import seen_in
from users.models import User

LARGEST = 2**64 - 1


def loras(count: int) -> list[int]:
    """Return the ids of new LoRAs, the last one first."""
    made = GenerativeModel.objects.bulk_create(
        GenerativeModel(kind=ModelKind.LORA, name=f"lora {number}", key=f"lora {number}") for number in range(count)
    )
    return [model.pk for model in reversed(made)]


def test_all_that_is_stored_is_there(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    model = GenerativeModel.objects.create(kind=ModelKind.MODEL, name="pony", hash="67ab")
    row = GenerationDataFactory(
        generator="comfyui",
        prompt="fog",
        negative_prompt="rain",
        model=model,
        loras=loras(2),
        lora_weights=[0.5, None],
        sampler="euler",
        scheduler="karras",
        steps=20,
        cfg=7.5,
        seed=LARGEST,
        width=832,
        height=1216,
        has_workflow=True,
        more={"vae": "x"},
        warnings=["cut"],
    )
    row = GenerationData.objects.select_related("model").get(pk=row.pk)
    with django_assert_num_queries(1):
        generation = generation_of(row)
    assert generation == Generation(
        generator="comfyui",
        prompt="fog",
        negative_prompt="rain",
        model=ModelUse("pony", "67ab"),
        loras=[ModelUse("lora 1", None, 0.5), ModelUse("lora 0", None, None)],
        sampler="euler",
        scheduler="karras",
        steps=20,
        cfg=7.5,
        seed=LARGEST,
        has_workflow=True,
        more={"size": {"width": 832, "height": 1216}, "vae": "x"},
        warnings=["cut"],
    )


def test_what_is_empty_is_none_and_costs_no_query(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    row = GenerationDataFactory(generator="", prompt="")
    with django_assert_num_queries(0):
        assert generation_of(row) == Generation()


def test_a_lora_that_is_gone_leaves_the_weights_of_the_others(db: None) -> None:
    [first, second] = loras(2)
    row = GenerationDataFactory(loras=[first, 999_999, second], lora_weights=[0.1, 0.2, 0.3])
    assert [(lora.name, lora.weight) for lora in generation_of(row).loras] == [("lora 1", 0.1), ("lora 0", 0.3)]


@pytest.fixture
def libraries(alice: User) -> dict[str, Library]:
    """One of alice's, and one of the site."""
    owners = {"hers": alice, "the site's": None}
    return {
        name: Library.objects.create(name=name, folder=f"/{name}", owner=owner, offline_since=None)
        for name, owner in owners.items()
    }


def test_places_are_known_to_staff_and_to_the_owner_of_their_library(
    alice: User, bob: User, staff: User, libraries: dict[str, Library]
) -> None:
    media_file = MediaFileFactory()
    for library in libraries.values():
        seen_in(library, "b.png", media_file)
    seen_in(libraries["hers"], "a.png", media_file)
    seen_in(libraries["hers"], "other.png", MediaFileFactory())
    viewers = {"alice": alice, "bob": bob, "staff": staff, "anonymous": AnonymousUser()}
    known = {
        name: [(place.library.name, place.path) for place in places_known_to(viewer, media_file)]
        for name, viewer in viewers.items()
    }
    hers = [("hers", "a.png"), ("hers", "b.png")]
    assert known == {"alice": hers, "bob": [], "staff": [*hers, ("the site's", "b.png")], "anonymous": []}


def test_one_query_loads_twenty_places_at_most(
    staff: User, libraries: dict[str, Library], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    media_file = MediaFileFactory()
    for number in range(MAX_PLACES + 1):
        seen_in(libraries["hers"], f"{number:02}.png", media_file)
    with django_assert_num_queries(1):
        paths = [f"{place.library.name} {place.path}" for place in places_known_to(staff, media_file)]
    assert paths == [f"hers {number:02}.png" for number in range(20)]


def test_a_work_without_a_file_has_no_places(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert places_known_to(UserFactory.build(pk=1), None) == []
