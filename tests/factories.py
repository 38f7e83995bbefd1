"""Model factories: the least that is valid, free of surprises; a test names what it cares about."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import factory
from django.db.models import DateTimeField, Value
from django.db.models.functions import Cast
from factory.django import DjangoModelFactory

from albums.models import Album
from content.models import AutoContentItem, ContentItem, ContentType, Source
from generation.models import GenerationJob
from interactions.models import Interaction, Kind
from media.models import GenerationData, GenerativeModel, MediaFile, ModelKind
from recommendations.models import Recommendation
from users.models import User

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
# Times that PostgreSQL has and Python has not.
OUTSIDE_CALENDAR = [
    Cast(Value(text), DateTimeField()) for text in ("infinity", "-infinity", "10000-01-01", "0001-01-01 BC")
]


def minutes_after_epoch(number: int) -> datetime:
    """Return a time that grows with the factory's sequence, so that order of creation is order in time."""
    return EPOCH + timedelta(minutes=number)


class UserFactory(DjangoModelFactory):
    """An active account without a usable password (tests log in with force_login)."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user-{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org".lower())
    password = "!"


class GenerativeModelFactory(DjangoModelFactory):
    """A model that nothing was made with yet."""

    class Meta:
        model = GenerativeModel

    kind = ModelKind.MODEL
    name = factory.Sequence(lambda n: f"model {n}")


class ContentItemFactory(DjangoModelFactory):
    """A public synthetic image made by a new user: a drawing stands for it. Without a `source_id` it is a record."""

    class Meta:
        model = ContentItem

    title = factory.Sequence(lambda n: f"Item {n}")
    content_type = ContentType.IMAGE
    creator = factory.SubFactory(UserFactory)
    # Of few, as a picture is drawn for each that a browser shows.
    seed = factory.Sequence(lambda n: n % 6)
    source_id = factory.Sequence(lambda n: f"seed-tests-{n}")
    created_at = factory.Sequence(minutes_after_epoch)


class AutoContentItemFactory(ContentItemFactory):
    """A public image made by the system."""

    class Meta:
        model = AutoContentItem

    source = Source.AUTO


class InteractionFactory(DjangoModelFactory):
    """A view of a new item by a new user."""

    class Meta:
        model = Interaction

    user = factory.SubFactory(UserFactory)
    content = factory.SubFactory(ContentItemFactory)
    kind = Kind.VIEW
    created_at = factory.Sequence(minutes_after_epoch)


class RecommendationFactory(DjangoModelFactory):
    """A new item recommended to a new user."""

    class Meta:
        model = Recommendation

    user = factory.SubFactory(UserFactory)
    content = factory.SubFactory(ContentItemFactory)
    score = 0.5
    algorithm = "covisitation-1"
    created_at = factory.Sequence(minutes_after_epoch)


class GenerationJobFactory(DjangoModelFactory):
    """A pending job of a new user."""

    class Meta:
        model = GenerationJob

    user = factory.SubFactory(UserFactory)
    job_type = ContentType.IMAGE
    prompt = "a lighthouse in fog"
    created_at = factory.Sequence(minutes_after_epoch)


class MediaFileFactory(DjangoModelFactory):
    """A PNG picture of 832 x 1216 pixels that lies nowhere yet."""

    class Meta:
        model = MediaFile

    sha256 = factory.Sequence(lambda n: sha256(f"file {n}".encode()).digest())
    format = "png"
    mime = "image/png"
    size = 1000
    width = 832
    height = 1216


class GenerationDataFactory(DjangoModelFactory):
    """What a generator wrote: nothing but a prompt."""

    class Meta:
        model = GenerationData

    generator = "a1111"
    prompt = "a lighthouse in fog"


class AlbumFactory(DjangoModelFactory):
    """A private album without works."""

    class Meta:
        model = Album

    owner = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Album {n}")
    created_at = factory.Sequence(minutes_after_epoch)
