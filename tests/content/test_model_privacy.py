"""Names of models that private works alone have: neither shown nor felt by other viewers."""

import pytest
from rest_framework.test import APIClient

from content.arrivals import Arrival, take_in
from content.models import ContentItem
from media.generation_data.blocks import Facts, Generation, ModelUse
from media.generation_data.reading import Reading
from media.models import GenerativeModel
from tests.factories import UserFactory

HASH = "baf469ed8a"


def made_with(number: int, name: str, digest: str | None = None, **arrival: object) -> ContentItem:
    """Take in a file that names a model."""
    generation = Generation(generator="a1111", model=ModelUse(name, digest))
    reading = Reading(Facts("png", "image/png", 8, 8), (), generation)
    taken = take_in([Arrival(sha256=number.to_bytes(32), size=1, reading=reading, name="x.png", **arrival)])
    return ContentItem.objects.get(pk=taken[0].item_id)


def test_a_private_work_with_the_exact_name_hides_no_public_works(db: None) -> None:
    public = made_with(1, "pony base")
    private = made_with(2, "pony", is_private=True, creator_id=UserFactory().pk)
    assert set(ContentItem.objects.matching("model:pony")) == {public, private}
    exact = made_with(3, "PONY")
    assert set(ContentItem.objects.matching("model:pony")) == {private, exact}


def test_the_owner_finds_a_private_work_by_a_name_without_words(db: None) -> None:
    private = made_with(1, "...", is_private=True, creator_id=UserFactory().pk)
    assert list(ContentItem.objects.matching("model:...")) == [private]


def test_a_public_work_never_shows_the_name_of_a_private_one_with_the_same_hash(db: None) -> None:
    made_with(1, "hush", HASH, is_private=True, creator_id=UserFactory().pk)
    assert made_with(2, "open", HASH).generation.model.name == "open"
    assert made_with(3, "open renamed", HASH).generation.model.name == "open"


@pytest.mark.parametrize("switch", ["is_private", "hides_prompt"])
def test_no_search_knows_another_name_that_private_works_alone_have(api: APIClient, db: None, switch: str) -> None:
    def total(name: str) -> tuple[int, int]:
        asked = ({"q": f'model:"{name}"'}, {"model": name})
        return tuple(api.get("/api/v1/content/", each).json()["pagination"]["total_count"] for each in asked)

    made_with(1, "open", HASH)
    made_with(2, "hush", HASH, creator_id=UserFactory().pk, **{switch: True})
    made_with(3, "well known", HASH, creator_id=UserFactory().pk)
    assert [total(name) for name in ("hush", "open", "well known")] == [(0, 0), (2, 2), (2, 2)]
    # Nor after the model shows another name.
    made_with(4, "well known", HASH, creator_id=UserFactory().pk)
    assert GenerativeModel.objects.get(alias_of=None).name == "well known"
    assert [total(name) for name in ("hush", "open", "well known")] == [(0, 0), (3, 3), (3, 3)]
    # Once a public work has it, it is known.
    made_with(5, "hush", HASH, creator_id=UserFactory().pk)
    assert total("hush") == (4, 4)


@pytest.mark.parametrize("digest", ["None", "unknown", "7460a6fa", "0000000000", "0x0000000000"])
def test_a_hash_that_is_none_joins_no_names(db: None, digest: str) -> None:
    assert [made_with(n, f"model {n}", digest).generation.model.name for n in (1, 2)] == ["model 1", "model 2"]


@pytest.mark.parametrize("digest", [HASH, f"blake3:{'f0' * 32}", f"0x{'a' * 64}", HASH.upper()])
def test_a_hash_of_a_whole_file_joins_names(db: None, digest: str) -> None:
    assert [made_with(n, f"model {n}", digest).generation.model.name for n in (1, 2)] == ["model 1", "model 1"]
