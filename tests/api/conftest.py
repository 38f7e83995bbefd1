"""What the tests of schema and generated client share: the schema, and a world in which everything may be null."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from content.models import ContentItem
from generation.models import Status
from interactions.models import Kind
from media.models import GenerationData, GenerativeModel, MediaFile, ModelKind
from tests.factories import (
    AutoContentItemFactory,
    ContentItemFactory,
    GenerationDataFactory,
    GenerationJobFactory,
    InteractionFactory,
    MediaFileFactory,
    RecommendationFactory,
    UserFactory,
)
from users.models import User

NOON = datetime(2024, 5, 1, 12, 0, 0, 5, tzinfo=UTC)


@pytest.fixture(scope="session")
def schema(django_db_blocker: DjangoDbBlocker) -> dict[str, Any]:
    """The schema as a client gets it."""
    with django_db_blocker.unblock():
        answer = APIClient().get("/api/v1/schema/", headers={"accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    return json.loads(answer.content)


def generation_data() -> GenerationData:
    """Return generation data with everything that may be unknown."""
    names = {ModelKind.MODEL: f"model {MediaFile.objects.count()}", ModelKind.LORA: f"lora {MediaFile.objects.count()}"}
    model, lora = (GenerativeModel.objects.create(kind=kind, name=name, hash="ab") for kind, name in names.items())
    lists = {"loras": [lora.pk, lora.pk], "lora_weights": [0.5, None], "more": {"a": [1]}, "warnings": ["b"]}
    texts = {"negative_prompt": "rain", "sampler": "euler", "scheduler": "normal"}
    return GenerationDataFactory(model=model, steps=20, cfg=7.5, seed=2**64 - 1, **lists, **texts)


@pytest.fixture
def world(alice: User, staff: User) -> list[User | None]:
    """Rows with everything that may be null, null: by account deletion where that is how; and rows with everything."""
    gone = UserFactory(username="gøne")
    orphan = ContentItemFactory(creator=gone, quality_score=None, source_id=None)
    AutoContentItemFactory(creator=gone)
    for factory in (ContentItemFactory, AutoContentItemFactory):
        # A picture of which everything is known, and a sound of which nothing is.
        picture = MediaFileFactory(thumbhash=b"ab", colour="#a0b1c2", duration=1.5)
        factory(media_file=picture, is_pictured=True, generation=generation_data())
        sound = MediaFileFactory(width=None, height=None, mime="audio/mpeg")
        factory(media_file=sound, generation=GenerationDataFactory(generator="", prompt=""))
        for file in (picture, sound):
            factory(media_file=file, is_pictured=file is picture, generation=GenerationDataFactory(), hides_prompt=True)
    InteractionFactory(user=gone, content=orphan, rating=None, duration_seconds=None)
    UserFactory(username="jörg.ß@+-_", name="", email="", preferences={})
    InteractionFactory(user=alice, content=ContentItemFactory(is_private=True))
    gone.delete()
    for user in (alice, staff):
        item = ContentItemFactory(creator=user, quality_score=1, is_private=True, tags=["ä"], metadata={"a": [None]})
        ContentItem.objects.filter(pk=item.pk).update(created_at=NOON, source_id=f"x-{user.pk}")
        AutoContentItemFactory(creator=user, quality_score=0.5)
        InteractionFactory(user=user, content=item, kind=Kind.RATE, rating=5, duration_seconds=1.5)
        InteractionFactory(user=user, content=orphan, kind=Kind.COMMENT, comment="ä")
        RecommendationFactory(user=user, content=orphan)
        RecommendationFactory(user=user, content=item, score=1, is_served=True)
        GenerationJobFactory(user=user)
        times = {"started_at": NOON, "finished_at": NOON}
        GenerationJobFactory(user=user, status=Status.COMPLETED, result=item, **times)
        GenerationJobFactory(user=user, status=Status.FAILED, error="no", **times)
    return [None, alice, staff]


@pytest.fixture(scope="module")
def connections_stay_open() -> Iterator[None]:
    """Let requests that reach the site as an application leave the test's connection open, as Django's client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
