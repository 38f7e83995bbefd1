"""The JSON that PostgreSQL writes equals the serializers', for every list; what it could not write alike is refused.

A client that asks for indented JSON gets the serializers', so that both are to be had from one address.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Model
from rest_framework import serializers
from rest_framework.test import APIClient

from content.drawings import VERSION
from content.models import ContentItem, ContentType
from generation.models import GenerationJob, Status
from genonaut.api.database_json import item_json
from interactions.models import Interaction, Kind
from tests.api.endpoints import (
    ALBUMS,
    AUTO,
    CONTENT,
    CREATORS,
    INTERACTIONS,
    JOBS,
    LISTS,
    MODELS,
    RECOMMENDATIONS,
    TAGS,
    USERS,
    Endpoint,
)
from tests.factories import (
    AlbumFactory,
    AutoContentItemFactory,
    ContentItemFactory,
    GenerationDataFactory,
    GenerationJobFactory,
    GenerativeModelFactory,
    InteractionFactory,
    MediaFileFactory,
    RecommendationFactory,
    UserFactory,
)
from users.models import User

SERIALIZED = "application/json; indent=1"
TEXTS = (
    "quotes \" ' ` and \\ backslashes \\u0041",
    "line\r\nbreak\ttab\b\f\x01\x1f\x7f\x85",
    "日本語 e\u0301 𝕏 🦊 \u2028\u2029\ufeff\u200f\uffff",
    '</script><!-- & {"id": 1}, [null]',
    "%s %(name)s 100%% $1 {0}",
    " ",
    "x" * 200,
)
MOMENTS = (
    datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2024, 3, 31, 1, 30, 0, 1, tzinfo=UTC),
    datetime(2024, 10, 27, 1, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 2, 28, 23, 59, 59, 500000, tzinfo=UTC),
    datetime(1883, 11, 18, 12, 0, 0, 120, tzinfo=UTC),
    datetime(2, 1, 1, tzinfo=UTC),
    datetime(9998, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
)
SEEDS = (0, *range(15, 33), 2**31 - 1)
FRACTIONS = (0.0, 1.0, -0.0, 0.1, 0.1 + 0.2, 1 / 3, 1e-7, 1e-300, 5e-324, 1 - 2**-53)
ROWS = 20


def some(values: tuple, *, start: int = 0) -> list:
    """Return ROWS values, each of the given ones at least once."""
    return list(islice(cycle(values), start, start + ROWS))


SIZES = ((832, 1216), (320, 1), (321, 3), (640, 480), (641, 479), (1280, 1280), (1281, 99), (1, 1), (100_000, 1))
HIGH_SIZES = ((10, 20_000), (333, 16_384), (50_000, 49_999), (None, None))


def make_files(factory: type) -> None:
    """Write works of files: of every shape, pictured and not, with and without what may be unknown."""
    shapes = enumerate(zip(some(SIZES + HIGH_SIZES), some((None, *FRACTIONS)), some((b"\x00", None)), strict=True))
    for number, ((width, height), duration, thumbhash) in shapes:
        file = MediaFileFactory(
            size=number * 10**10,
            width=width,
            height=height,
            duration=duration,
            thumbhash=thumbhash and bytes(range(number, number + 5 * number)),
            colour=("#a0b1c2", "")[number // 2 % 2],
            picture_error=("", "The file is damaged.")[number % 4 == 3],
        )
        for is_pictured in (True, False):
            factory(media_file=file, is_pictured=is_pictured, generation=GenerationDataFactory())


def make_items(factory: type, alice: User) -> None:
    make_files(factory)
    creators = (alice, None, *(UserFactory(name=text) for text in TEXTS))
    rows = zip(some(TEXTS), some(creators), some((None, *FRACTIONS)), some(MOMENTS), some(SEEDS), strict=True)
    for title, creator, score, moment, seed in rows:
        is_private = creator == alice
        item = factory(title=title, creator=creator, quality_score=score, seed=seed, is_private=is_private)
        ContentItem.objects.filter(pk=item.pk).update(created_at=moment)
    for content_type in ContentType:
        factory(content_type=content_type)
        factory(content_type=content_type, source_id=None)
        for seed in SEEDS:
            factory(content_type=content_type, seed=seed)


def make_users(_alice: User) -> None:
    for text, moment in zip(some(TEXTS), some(MOMENTS), strict=True):
        UserFactory(name=text, created_at=moment)
    UserFactory(is_active=False)


def make_recommendations(alice: User) -> None:
    rows = zip(some(TEXTS), some(FRACTIONS), some(MOMENTS), some((True, False)), strict=True)
    for title, score, moment, is_served in rows:
        item = ContentItemFactory(title=title)
        RecommendationFactory(
            user=alice, content=item, score=score, algorithm=title[:50], created_at=moment, is_served=is_served
        )


def make_interactions(alice: User) -> None:
    durations = (None, *FRACTIONS, 1e9, 123456789.12345679)
    rows = zip(some(TEXTS), some(MOMENTS), some(durations), some((alice, alice, None)), strict=True)
    for title, moment, duration, user in rows:
        item = ContentItemFactory(title=title)
        common = {"user": user, "content": item, "created_at": moment}
        comment = InteractionFactory(kind=Kind.COMMENT, comment=f"{title}.", **common)
        InteractionFactory(kind=Kind.COMMENT, comment="Indeed", parent=comment, edited_at=moment, **common)
        InteractionFactory(kind=Kind.RATE, rating=5, duration_seconds=duration, **common)


def make_jobs(alice: User) -> None:
    for moment in some(MOMENTS[:-1]):
        GenerationJobFactory(user=alice, created_at=moment, is_paused=True, batch=uuid4())
        ran = {"started_at": moment, "finished_at": moment + timedelta(microseconds=1), "created_at": moment}
        GenerationJobFactory(user=alice, status=Status.FAILED, error=TEXTS[0], **ran)
        GenerationJobFactory(user=alice, status=Status.COMPLETED, result=ContentItemFactory(), **ran)


def make_albums(alice: User) -> None:
    for title, moment, creator in zip(some(TEXTS), some(MOMENTS), some((alice, UserFactory())), strict=True):
        owner = UserFactory(name=title, is_active=creator == alice)
        cover = ContentItemFactory(creator=creator, is_private=True)
        AlbumFactory(owner=owner, title=title, is_public=True, query=title[:50], cover=cover, created_at=moment)
    AlbumFactory(owner=alice)


def make_tags(_alice: User) -> None:
    ContentItemFactory(tags=[*(text[:100] for text in TEXTS), *(f"tag {number}" for number in range(ROWS))])


def make_models(_alice: User) -> None:
    for number, text in enumerate(some(TEXTS)):
        model = GenerativeModelFactory(name=f"{number}{text}", hash=text[:9])
        ContentItemFactory(generation=GenerationDataFactory(model=model))


def make_creators(_alice: User) -> None:
    for text in some(TEXTS):
        ContentItemFactory(creator=UserFactory(name=text))
    ContentItemFactory(creator=UserFactory(is_active=False))


MAKERS: dict[Endpoint, Callable[[User], None]] = {
    CONTENT: lambda alice: make_items(ContentItemFactory, alice),
    AUTO: lambda alice: make_items(AutoContentItemFactory, alice),
    USERS: make_users,
    RECOMMENDATIONS: make_recommendations,
    INTERACTIONS: make_interactions,
    JOBS: make_jobs,
    ALBUMS: make_albums,
    TAGS: make_tags,
    CREATORS: make_creators,
    MODELS: make_models,
}


@pytest.fixture(params=LISTS, ids=str)
def endpoint(request: pytest.FixtureRequest, alice: User) -> Endpoint:
    """Each endpoint in turn, full of what is hard to write."""
    MAKERS[request.param](alice)
    return request.param


def both(api: APIClient, url: str) -> tuple[Any, Any]:
    """Return an answer as PostgreSQL and as the serializers write it."""
    written, serialized = api.get(url), api.get(url, headers={"Accept": SERIALIZED})
    assert b'"id" : ' in written.content  # as json_build_object spaces it
    assert b'"id" : ' not in serialized.content
    assert written["Content-Type"] == serialized["Content-Type"] == "application/json"
    assert (written["Link"], written["Vary"]) == (serialized["Link"], serialized["Vary"])
    return written.json(), serialized.json()


@pytest.mark.parametrize("who", ["alice", "staff", "anonymous"])
def test_a_list_is_the_same_from_postgresql_as_from_its_serializer(
    api: APIClient, alice: User, staff: User, endpoint: Endpoint, who: str
) -> None:
    if who == "anonymous" and not endpoint.is_public:
        assert api.get(endpoint.url).status_code == 401
        return
    if who != "anonymous":
        api.force_login({"alice": alice, "staff": staff}[who])
    written, serialized = both(api, f"{endpoint.url}?page_size=100")
    assert written == serialized
    assert [list(item) for item in written["items"]] == [list(item) for item in serialized["items"]]
    assert len(written["items"]) >= min(ROWS, 10)


def test_every_page_is_the_same_by_number_and_by_cursor(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    api.force_login(alice)
    url = f"{endpoint.url}?page_size=7&order=asc"
    first, serialized = both(api, url)
    assert first == serialized
    for place in ("page=2", f"cursor={first['pagination']['next_cursor']}"):
        written, serialized = both(api, f"{url}&{place}")
        assert written == serialized


def test_moments_are_the_same_whatever_the_time_zone_of_the_session(
    api: APIClient, alice: User, endpoint: Endpoint
) -> None:
    # Compared with itself: Django takes what it reads for UTC, in which it opens all its sessions.
    api.force_login(alice)
    in_utc = api.get(f"{endpoint.url}?page_size=100").json()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'America/New_York'")
    assert api.get(f"{endpoint.url}?page_size=100").json()["items"] == in_utc["items"]


def test_an_empty_list_is_the_same(api: APIClient, alice: User) -> None:
    for name in ("content", "content-auto", "recommendations", "interactions", "generation-jobs", "tags", "creators"):
        api.force_login(alice)
        url = f"/api/v1/{name}/"
        written, serialized = api.get(url), api.get(url, headers={"Accept": SERIALIZED})
        assert written.json() == serialized.json()
        assert written.json()["items"] == []


def test_addresses_begin_with_the_host_that_was_asked(api: APIClient, db: None) -> None:
    item = ContentItemFactory(seed=721)
    for host in ("localhost", "127.0.0.1:8000", "[::1]"):
        picture = api.get(CONTENT.url, headers={"Host": host}).json()["items"][0]["picture"]
        assert picture["url"] == f"http://{host}/pictures/v{VERSION}/image/320/721.webp", item


def test_a_statement_that_is_kept_shows_nobody_what_another_may_see(
    client_of: Callable[..., APIClient], alice: User, bob: User, staff: User
) -> None:
    item = ContentItemFactory(creator=alice, is_private=True)
    for viewer, shown in [(alice, [item.pk]), (bob, []), (None, []), (staff, [item.pk]), (bob, [])]:
        answer = client_of(viewer).get(CONTENT.url).json()
        assert [row["id"] for row in answer["items"]] == shown


def test_a_statement_that_is_kept_holds_no_filter_of_another_request(api: APIClient, db: None) -> None:
    made = {kind: ContentItemFactory(content_type=kind, tags=[kind.value]).pk for kind in ContentType}
    for kind, pk in [*made.items(), *made.items()]:
        for query in (f"content_type={kind}", f"tag={kind}", f"content_type={kind}&tag={kind}"):
            assert [row["id"] for row in api.get(f"{CONTENT.url}?{query}").json()["items"]] == [pk]


def test_a_username_that_changed_hands_is_looked_up_anew(api: APIClient, alice: User, bob: User) -> None:
    items = {user: ContentItemFactory(creator=user).pk for user in (alice, bob)}
    url = f"{CONTENT.url}?creator=alice"
    assert [row["id"] for row in api.get(url).json()["items"]] == [items[alice]]
    User.objects.filter(pk=alice.pk).update(username="former")
    User.objects.filter(pk=bob.pk).update(username="alice")
    assert [row["id"] for row in api.get(url).json()["items"]] == [items[bob]]


def test_html_and_indented_json_are_the_serializer_s(api: APIClient, db: None) -> None:
    ContentItemFactory()
    html = api.get(CONTENT.url, headers={"Accept": "text/html"})
    indented = api.get(CONTENT.url, headers={"Accept": SERIALIZED})
    assert html["Content-Type"] == "text/html; charset=utf-8"
    assert indented.content.startswith(b'{\n "items": [')


def serializer(model: type[Model], **declared: serializers.Field) -> type[serializers.ModelSerializer]:
    """Return a serializer class of these fields."""
    meta = type("Meta", (), {"model": model, "fields": tuple(declared)})
    return type("Some", (serializers.ModelSerializer,), {**declared, "Meta": meta})


class Shouted(serializers.CharField):
    """A field that writes in a way of its own."""

    def to_representation(self, value: str) -> str:
        """Return the text in capitals."""
        return super().to_representation(value).upper()


class Doubled(serializers.ModelSerializer):
    """A serializer that writes in a way of its own."""

    class Meta:
        model = User
        fields = ("id",)

    def to_representation(self, instance: User) -> dict[str, Any]:
        """Return one member more."""
        return {**super().to_representation(instance), "double": 2 * instance.pk}


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (ContentItem, serializers.SerializerMethodField()),
        (ContentItem, Shouted(source="title")),
        (ContentItem, serializers.CharField(source="seed")),
        (ContentItem, serializers.CharField(source="get_absolute_url")),
        (ContentItem, serializers.ListField(source="tags")),
        (ContentItem, serializers.JSONField(source="metadata")),
        (ContentItem, serializers.DecimalField(source="quality_score", max_digits=3, decimal_places=2)),
        (ContentItem, serializers.DateTimeField(source="created_at", format="%Y")),
        (ContentItem, serializers.DateTimeField(source="created_at", default_timezone=UTC)),
        (ContentItem, serializers.BigIntegerField(source="id", coerce_to_string=True)),
        (ContentItem, serializers.CharField(source="creator.username")),
        (ContentItem, serializers.CharField(source="creator.username", default="nobody")),
        (ContentItem, serializers.StringRelatedField(source="creator")),
        (ContentItem, Doubled(source="creator")),
        (User, Doubled(source="items", many=True)),
        (Interaction, serializers.CharField(source="user.username", read_only=True)),
        (GenerationJob, serializers.CharField(source="result.title", read_only=True)),
    ],
)
def test_a_field_that_postgresql_might_write_otherwise_is_refused(model: type[Model], shown: Any) -> None:
    with pytest.raises(ImproperlyConfigured):
        item_json(serializer(model, shown=shown))


def test_what_a_serializer_only_writes_is_not_read(api: APIClient, db: None) -> None:
    made = serializer(User, username=serializers.CharField(), password=serializers.CharField(write_only=True))
    UserFactory(username="alice")
    assert list(User.objects.values_list(item_json(made), flat=True)) == ['{"username" : "alice"}']
