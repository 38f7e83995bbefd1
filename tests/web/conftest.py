"""A row behind every address of tests/web/routes.py."""

import pytest
from pytest_django.fixtures import Settings

from albums.models import AlbumItem
from notices.models import Kind, Notice
from tests.factories import (
    AlbumFactory,
    AutoContentItemFactory,
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
    UserFactory,
)
from tests.web.routes import PK
from users.models import User


@pytest.fixture(autouse=True)
def room_for_streams(settings: Settings) -> None:
    """Let answers that no test reads to their ends keep no other from being answered."""
    settings.EVENT_STREAMS = 1_000


@pytest.fixture
def stella(db: None) -> User:
    """A superuser who owns a row of each kind."""
    stella = UserFactory(pk=PK, username="alice", is_staff=True, is_superuser=True)
    item = ContentItemFactory(pk=PK, creator=stella)
    AutoContentItemFactory(pk=PK + 1, creator=stella)
    job = GenerationJobFactory(pk=PK, user=stella)
    InteractionFactory(pk=PK, user=stella, content=item)
    RecommendationFactory(pk=PK, user=stella, content=item)
    AlbumItem.objects.create(pk=PK, album=AlbumFactory(pk=PK, owner=stella), content=item, position=0)
    Notice.objects.create(pk=PK, user=stella, kind=Kind.JOB, job=job)
    return stella
