"""Which of its names a model shows: the one that most creators use, and one that staff fixed."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from catalog import counting
from content.models import ContentItem
from media import naming
from media.models import GenerativeModel, ModelNaming
from tests.content.test_model_privacy import HASH, made_with
from tests.factories import ContentItemFactory, GenerationDataFactory, GenerativeModelFactory, UserFactory
from users.models import User

OTHER_HASH = "c0ffee1234"


def name_of(item: ContentItem) -> str:
    """Return the model that a work shows."""
    return ContentItem.objects.select_related("generation__model").get(pk=item.pk).generation.model.name


def test_a_strangers_name_gives_way_to_the_one_that_more_creators_use(db: None) -> None:
    mallory, alice, bob = UserFactory.create_batch(3)
    for number in range(3):  # One creator counts once.
        forged = made_with(number, "forged", HASH, creator_id=mallory.pk)
    first = made_with(10, "real", HASH, creator_id=alice.pk)
    assert {name_of(forged), name_of(first)} == {"forged"}  # one against one: the older
    made_with(11, "real", HASH, creator_id=bob.pk, is_private=True)
    assert name_of(first) == "forged"  # Private works say nothing.
    second = made_with(12, "Real", HASH, creator_id=bob.pk)
    assert {name_of(forged), name_of(first), name_of(second)} == {"real"}
    for name in ("forged", "real"):
        assert set(ContentItem.objects.matching(f"model:{name}")) >= {forged, first, second}
    made_with(13, "forged", HASH, creator_id=UserFactory().pk)
    assert name_of(first) == "real"  # Two against two.


def test_a_name_that_others_use_takes_no_hash_from_a_strangers_file(db: None) -> None:
    alice, mallory = UserFactory.create_batch(2)
    made_with(1, "other", OTHER_HASH)
    hers = made_with(2, "base", creator_id=alice.pk)  # as ComfyUI writes it
    for number, digest in ((3, OTHER_HASH), (4, HASH)):
        assert name_of(made_with(number, "base", digest, creator_id=mallory.pk)) == "base"
    assert name_of(made_with(5, "new model", HASH, creator_id=alice.pk)) == "new model"
    assert name_of(made_with(6, "base", creator_id=alice.pk)) == name_of(hers) == "base"


def test_a_name_takes_the_hash_that_its_only_creator_writes(db: None) -> None:
    alice = UserFactory()
    made_with(1, "base", creator_id=alice.pk)
    made_with(2, "base", HASH, creator_id=alice.pk)
    assert GenerativeModel.objects.get(name="base").hash == HASH


def test_a_name_that_is_in_use_becomes_no_alias(api: APIClient, db: None) -> None:
    alice = UserFactory()
    made_with(1, "other", HASH)
    works = {
        made_with(2, "base", creator_id=alice.pk),
        made_with(3, "base", HASH, creator_id=alice.pk),
        made_with(4, "base", creator_id=alice.pk, is_private=True),
    }
    assert set(ContentItem.objects.matching("model:base")) == works
    assert set(ContentItem.objects.matching("base")) == works
    counting.catch_up()
    listed = {model["name"]: model["works"] for model in api.get("/api/v1/models/").json()["items"]}
    assert listed == {"other": 1, "base": 2} == {name: total_made_with(api, name) for name in listed}


def total_made_with(api: APIClient, name: str) -> int:
    """Return how many works a list of a model has."""
    return api.get("/api/v1/content/", {"model": name}).json()["pagination"]["total_count"]


def test_aliases_that_works_refer_to_are_models_of_their_own_again(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    migration = import_module("content.migrations.0080_used_aliases")
    monkeypatch.setattr(migration, "BATCH_ROWS", 1)
    model = GenerativeModelFactory(name="other", hash=HASH)
    used, lora, unused = (
        GenerativeModelFactory(name=name, kind=kind, hash=HASH, alias_of=model)
        for name, kind in (("base", "model"), ("detail", "lora"), ("newer", "model"))
    )
    works = [ContentItemFactory(generation=GenerationDataFactory(model=used)) for _ in range(2)]
    styled = ContentItemFactory(generation=GenerationDataFactory(loras=[lora.pk], lora_weights=[1]), is_private=True)
    for _ in range(2):
        migration.separate(apps, connection.schema_editor())
        assert set(ContentItem.objects.matching("model:base")) == set(works)
        assert list(ContentItem.objects.matching("lora:detail")) == [styled]
        assert list(GenerativeModel.objects.exclude(alias_of=None)) == [unused]


def test_no_more_creators_than_are_needed_are_noted(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "NOTE", naming.NOTE.replace(f"< {naming.MOST_NAMINGS}", "< 2"))
    for number in range(4):
        made_with(number, "base", creator_id=UserFactory().pk)
    assert ModelNaming.objects.count() == 2


def test_a_name_that_staff_fixed_stays(client: Client, staff: User) -> None:
    client.force_login(staff)
    work = made_with(1, "first", HASH, creator_id=UserFactory().pk)
    made_with(2, "second", HASH, creator_id=UserFactory().pk)
    alias = GenerativeModel.objects.get(name="second")
    client.post("/admin/media/generativemodel/", {"action": "fix_names", "_selected_action": [alias.pk]})
    assert name_of(work) == "second"
    for number in range(3, 6):
        made_with(number, "first", HASH, creator_id=UserFactory().pk)
    assert name_of(work) == "second"


def test_the_names_of_works_that_are_there_are_counted_in_batches(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    migration = import_module("content.migrations.0021_model_namings")
    monkeypatch.setattr(migration, "BATCH_IDS", 2)
    alice, bob = UserFactory.create_batch(2)
    for number, creator in enumerate((alice, bob, alice)):
        made_with(number, "base", creator_id=creator.pk)
    made_with(10, "base", creator_id=UserFactory().pk, is_private=True)
    noted = set(ModelNaming.objects.values_list("model_id", "key", "creator_id"))
    assert {creator for _model, _key, creator in noted} == {alice.pk, bob.pk}
    ModelNaming.objects.all().delete()
    for _ in range(2):
        migration.count_namings(apps, connection.schema_editor())
        assert set(ModelNaming.objects.values_list("model_id", "key", "creator_id")) == noted
