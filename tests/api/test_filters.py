"""Every filter of every list: what it keeps and refuses, and that rows and total come from one predicate."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from content.models import ContentItem
from content.stacks import settle
from generation.models import Status
from interactions.models import Kind
from media.models import Library
from tests.api.endpoints import ENDPOINTS, Endpoint
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
from tests.pagination.walks import cursor_url, ids, pages, read
from users.models import User

BATCH = UUID(int=2**100)
EARLY, LATE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
TIMES = {
    "created_after=2025-06-01": ["late"],
    "created_after=2030-01-01T00:00:00Z": ["late"],
    "created_after=2030-01-01T00:00:00.000001Z": [],
    "created_after=2030-01-01T01:00:00%2B01:00": ["late"],
    "created_before=2020-01-01T00:00:00Z": [],
    "created_before=2020-01-01T00:00:00.000001Z": ["early"],
    "created_before=2025-06-01T12:00:00-08:00": ["early"],
    "created_after=2019-01-01&created_before=2031-01-01": ["late", "early"],
    "created_after=2031-01-01&created_before=2019-01-01": [],
    "created_after=&created_before=": ["late", "early"],
    "created_after=0001-01-01": ["late", "early"],
    "created_before=9999-12-31T23:59:59.999999Z": ["late", "early"],
}
KEPT = {
    "content": {
        "q=harbour": ["early"],
        "q=HARBOURS": ["early"],
        "q=night+harbour": ["early"],
        'q="harbour+at+night"': ["early"],
        'q="night+harbour"': [],
        "q=harbour+or+desert": ["late", "early"],
        "q=-harbour": ["late"],
        "q=painted": ["late"],
        "q=%27%22%28%29%26%7C%21%3A%2A%3C%3E%5C": [],
        "q=the": [],
        "q=zeppelin": [],
        "q=++": ["late", "early"],
        "content_type=image": ["early"],
        "content_type=audio": ["late"],
        "content_type=video": [],
        "content_type=image&source=user": ["early"],
        "level=general": ["late", "early"],
        "level=explicit": [],
        "stacks=on": ["late", "early"],
        "stacks=on&content_type=image": ["early"],
        "stack=0": [],
        "stack=9223372036854775807": [],
        "creator=alice": ["early"],
        "creator=nobody": [],
        "creator=ALICE": ["early"],
        "creator=999999999": [],
        "creator=999999999999999999999999999999": [],
        "tag=sea": ["late", "early"],
        "tag=boat": ["early"],
        "tag=sea&tag=boat": ["early"],
        "tag=boat&tag=sand": [],
        "tag=sea&tag=": ["late", "early"],
        "tag=se": [],
        "tag=Sea": ["late", "early"],
        "tag=%7Bsea%7D": [],
        "min_quality=0": ["early"],
        "min_quality=0.5": ["early"],
        "min_quality=0.500001": [],
        "min_quality=1e-1": ["early"],
        "q=harbour&tag=sea&min_quality=0.1&content_type=image": ["early"],
        "model=pony": ["early"],
        "model=PONY+Diffusion": ["early"],
        "model=dream": [],
        "lora=add_detail": ["early"],
        "lora=add_detail&lora=glow": ["early"],
        "lora=glow&lora=missing": [],
        "sampler=Euler+A": ["early"],
        "sampler=euler": [],
        "scheduler=karras": ["early"],
        "generator=forge": ["early"],
        "seed=18446744073709551615": ["early"],
        "seed=1": [],
        "steps=20": ["early"],
        "steps=20..30": ["early"],
        "steps=..19": [],
        "steps=21..": [],
        "cfg=7.5": ["early"],
        "cfg=7..8": ["early"],
        "cfg=7.501..": [],
        "min_width=832": ["early"],
        "min_width=833": [],
        "min_height=1000": ["early"],
        "aspect=portrait": ["early"],
        "aspect=square": [],
        "has_workflow=true": ["early"],
        "has_workflow=false": ["late"],
        "has_file=true": ["early"],
        "has_file=false": ["late"],
        "library=outputs": ["early"],
        "library=inputs": [],
        "q=model:pony": ["early"],
        "q=-model:pony": ["late"],
        "q=lora:%22add+detail%22+steps:20..30+harbour": ["early"],
        "q=steps:20..30+-tag:sea": [],
        "q=tag:sand+or+seed:18446744073709551615": ["late", "early"],
        "q=pony": ["early"],
        "q=pony+glow": ["early"],
        "q=Diffusion+harbour+-glow": [],
        "q=creator:alice+has_file:true": ["early"],
        "q=steps:many": [],
        "q=aspect:portrait+min_width:800+has_workflow:yes": ["early"],
    },
    "users": {
        "q=ali": ["early"],
        "q=li": [],
        "q=%25": [],
        "q=_lice": [],
        "q=%5C": [],
        "username=alice": ["early"],
        "username=alic": [],
        "is_active=true": ["late", "early"],
        "is_active=false": [],
    },
    "recommendations": {
        "is_served=true": ["early"],
        "is_served=false": ["late"],
        "algorithm=als-2": ["early"],
        "algorithm=als": [],
        "content=999999999": [],
        "user=999999999": [],
        "min_score=0": ["late", "early"],
        "min_score=0.9": ["late"],
        "min_score=1": [],
    },
    "interactions": {
        "kind=rate": ["early"],
        "kind=view": ["late"],
        "kind=share": [],
        "rating=4": ["early"],
        "rating=5": [],
        "content=999999999": [],
        "user=999999999": [],
    },
    "generation-jobs": {
        "status=pending": ["late"],
        "status=cancelled": ["early"],
        "status=failed": [],
        "job_type=image": ["late"],
        "job_type=text": ["early"],
        "job_type=audio": [],
        "user=999999999": [],
        f"batch={BATCH}": ["early"],
        f"batch={BATCH.hex}&status=pending": [],
    },
    "albums": {"owner=999999999": []},
}
KEPT["content-auto"] = KEPT["content"]
BAD_TIMES = ["yesterday", "2024-13-01", "2024-02-30", "2024-01-01T25:00:00", "10000-01-01", "0000-01-01", "1e9", "%00"]
BAD_TIMES += ["-0001-01-01T00:00:00Z", "2024-01-01T00:00:00%2B99:00", "9" * 500]
BAD_ID = ["abc", "0", "-1", "1.5", "9223372036854775808", "9" * 30, "9" * 5000, "%00", "1;DROP", "NaN"]
BAD_NUMBER = ["abc", "-0.1", "1.1", "nan", "inf", "-inf", "1e400", "%00", "0x1", "9" * 5000, "1,5"]
BAD_RANGE = ["x", "..", "30..20", "1..2..3", "-1", "1e5", "nan", "..x", "9" * 5000, "%00"]
BAD_CHOICE = ["nothing", "IMAGE", "%00", "True", "' OR 1=1 --"]
MALFORMED = {
    "content": {
        "q": ["%00", "a%00b", "a" * 10_001, "ﷺ" * 556],
        "content_type": BAD_CHOICE,
        "source": BAD_CHOICE,
        "level": BAD_CHOICE,
        "stacks": [*BAD_CHOICE, "off"],
        "stack": [*(bad for bad in BAD_ID if bad != "0"), "fog"],
        "creator": ["%00", "a" * 151],
        "tag": ["%00", "a" * 101, "&tag=".join(str(number) for number in range(21))],
        "min_quality": BAD_NUMBER,
        "model": ["%00", "a" * 301],
        "lora": ["%00", "a" * 301, "&lora=".join(str(number) for number in range(21))],
        "sampler": ["%00", "a" * 101],
        "scheduler": ["%00", "a" * 101],
        "generator": ["%00", "a" * 21],
        "seed": ["-1", "1.5", "18446744073709551616", "x", "%00", "9" * 5000],
        "steps": BAD_RANGE,
        "cfg": BAD_RANGE,
        "min_width": ["0", "-1", "x", "1.5", "100000", "%00"],
        "min_height": ["0", "-1", "x", "1.5", "100000", "%00"],
        "aspect": BAD_CHOICE,
        "has_workflow": BAD_CHOICE,
        "has_file": BAD_CHOICE,
        "library": ["%00", "a" * 101],
    },
    "users": {"q": ["%00", "a" * 151], "username": ["%00", "a" * 151], "is_active": BAD_CHOICE},
    "recommendations": {
        "is_served": BAD_CHOICE,
        "algorithm": ["%00", "a" * 51],
        "content": BAD_ID,
        "user": BAD_ID,
        "min_score": BAD_NUMBER,
    },
    "interactions": {"kind": BAD_CHOICE, "content": BAD_ID, "user": BAD_ID, "rating": ["0", "6", "-1", "x", "%00"]},
    "generation-jobs": {
        "status": BAD_CHOICE,
        "job_type": BAD_CHOICE,
        "user": BAD_ID,
        "batch": ["x", "%00", "1", "9" * 5000, f"{BATCH}0"],
    },
    "albums": {"owner": BAD_ID},
}
MALFORMED["content-auto"] = {name: bad for name, bad in MALFORMED["content"].items() if name != "source"}


def make_content(factory: type[ContentItemFactory], alice: User) -> list[int]:
    file = MediaFileFactory(width=832, height=1216)
    made_with = GenerationDataFactory(
        media_file=file,
        model=GenerativeModelFactory(name="Pony Diffusion"),
        loras=[GenerativeModelFactory(kind="lora", name=name).pk for name in ("add_detail", "glow")],
        lora_weights=[0.8, None],
        generator="forge",
        sampler="Euler a",
        scheduler="Karras",
        steps=20,
        cfg=7.5,
        seed=2**64 - 1,
        has_workflow=True,
    )
    GenerativeModelFactory(name="dreamshaper")
    early = factory(
        creator=alice,
        title="Harbour at night",
        tags=["sea", "boat"],
        quality_score=0.5,
        created_at=EARLY,
        media_file=file,
        generation=made_with,
        library=Library.objects.create(name="outputs", folder="/outputs"),
    )
    late = factory(
        title="Desert", prompt="a painted desert", content_type="audio", tags=["sand", "sea"], created_at=LATE
    )
    return [late.pk, early.pk]


def make_users(alice: User) -> list[int]:
    User.objects.filter(pk=alice.pk).update(created_at=EARLY)
    UserFactory(username="ghost", is_active=False, created_at=EARLY)
    return [UserFactory(username="zoe", created_at=LATE).pk, alice.pk]


def make_recommendations(alice: User) -> list[int]:
    early = RecommendationFactory(user=alice, score=0.2, algorithm="als-2", is_served=True, created_at=EARLY)
    return [RecommendationFactory(user=alice, score=0.9, created_at=LATE).pk, early.pk]


def make_interactions(alice: User) -> list[int]:
    early = InteractionFactory(user=alice, kind=Kind.RATE, rating=4, created_at=EARLY)
    return [InteractionFactory(user=alice, created_at=LATE).pk, early.pk]


def make_jobs(alice: User) -> list[int]:
    states = {"status": Status.CANCELLED, "finished_at": EARLY, "batch": BATCH}
    early = GenerationJobFactory(user=alice, job_type="text", created_at=EARLY, **states)
    return [GenerationJobFactory(user=alice, created_at=LATE).pk, early.pk]


def make_albums(alice: User) -> list[int]:
    early = AlbumFactory(owner=alice, created_at=EARLY)
    return [AlbumFactory(owner=alice, is_public=True, created_at=LATE).pk, early.pk]


MAKE = {
    "content": lambda alice: make_content(ContentItemFactory, alice),
    "content-auto": lambda alice: make_content(AutoContentItemFactory, alice),
    "users": make_users,
    "recommendations": make_recommendations,
    "interactions": make_interactions,
    "generation-jobs": make_jobs,
    "albums": make_albums,
}


@pytest.fixture(params=ENDPOINTS, ids=str)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint in turn."""
    return request.param


@pytest.fixture
def rows(api: APIClient, alice: User, endpoint: Endpoint) -> dict[int, str]:
    """The names of the endpoint's two rows by id; the API client is alice's."""
    made = MAKE[endpoint.name](alice)
    api.force_login(alice)
    return dict(zip(made, ["late", "early"], strict=True))


def asked(endpoint: Endpoint) -> dict[str, list[str]]:
    """Return what each query keeps of the endpoint's rows; the automatic list takes no `source`."""
    kept = {**KEPT[endpoint.name], **TIMES}
    return {query: names for query, names in kept.items() if "source" not in query or endpoint.name == "content"}


def test_a_filter_keeps_what_it_names_and_the_total_is_the_number_of_those_rows(
    api: APIClient, endpoint: Endpoint, rows: dict[int, str]
) -> None:
    """Traps 18 and 24: also those that match nothing."""
    answers = {query: read(api, f"{endpoint.url}?{query}") for query in asked(endpoint)}
    assert {query: [rows[pk] for pk in ids(answer)] for query, answer in answers.items()} == asked(endpoint)
    said = {query: answer["pagination"] for query, answer in answers.items()}
    totals = {query: (answer["total_count"], answer["total_count_kind"]) for query, answer in said.items()}
    assert totals == {query: (len(names), "exact") for query, names in asked(endpoint).items()}


def test_a_filter_keeps_the_same_on_every_way_through_the_list(
    api: APIClient, endpoint: Endpoint, rows: dict[int, str]
) -> None:
    for query, names in asked(endpoint).items():
        if names:
            url = f"{endpoint.url}?{query}&page_size=1&sort=created_at"
            by_number = list(pages(api, url))
            by_cursor = [by_number[0], *pages(api, cursor_url(url, by_number[0]))] if names[1:] else by_number
            ways = [[rows[pk] for page in way for pk in ids(page)] for way in (by_number, by_cursor)]
            assert ways == [names, names], query


def test_every_filter_is_tested(endpoint: Endpoint) -> None:
    filters = set(endpoint.listing.filters.base_filters) - set(endpoint.listing.fixed)
    asked_for = {part.partition("=")[0] for query in asked(endpoint) for part in query.split("&")}
    assert asked_for == filters
    assert {*MALFORMED[endpoint.name], "created_after", "created_before"} == filters


def test_a_malformed_filter_is_a_problem_that_names_it(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    api.force_login(alice)
    bad = {**MALFORMED[endpoint.name], "created_after": BAD_TIMES, "created_before": BAD_TIMES}
    said = {}
    for name, values in bad.items():
        for value in values:
            response = api.get(f"{endpoint.url}?{name}={value}")
            said[name, value] = (response.status_code, list(response.json().get("errors", [])))
    assert said == {(name, value): (400, [name]) for name, values in bad.items() for value in values}


@pytest.mark.parametrize("text", ["%ED%A0%80", "%FF", "%F0%9F%8C%8A", "%E2%80%AE", "%0A", "%08", "%EF%BF%BF"])
def test_odd_text_in_a_filter_matches_nothing(api: APIClient, alice: User, text: str) -> None:
    ContentItemFactory()
    filters = [f"content/?q=a{text}b", f"content/?tag=a{text}", f"content/?creator=a{text}", f"users/?username=a{text}"]
    assert [read(api, f"/api/v1/{query}")["pagination"]["total_count"] for query in filters] == [0] * 4


@pytest.mark.parametrize("query", ["source=user", "source=auto", "source="])
def test_the_automatic_list_takes_no_source(api: APIClient, db: None, query: str) -> None:
    response = api.get(f"/api/v1/content-auto/?{query}")
    assert (response.status_code, list(response.json()["errors"])) == (400, ["source"])


def test_the_automatic_list_holds_the_automatic_items(api: APIClient, db: None) -> None:
    by_user, automatic = ContentItemFactory(), AutoContentItemFactory()
    addresses = ["content-auto/", "content/?source=auto", "content/?source=user", "content/"]
    found = [ids(read(api, f"/api/v1/{address}")) for address in addresses]
    assert found == [[automatic.pk], [automatic.pk], [by_user.pk], [automatic.pk, by_user.pk]]


@pytest.mark.parametrize(
    ("name", "make"), [("interactions", InteractionFactory), ("recommendations", RecommendationFactory)]
)
def test_rows_are_filtered_by_item_and_by_user(api: APIClient, staff: User, name: str, make: type) -> None:
    first, second = make(), make()
    api.force_login(staff)
    queries = [f"content={first.content_id}", f"user={second.user_id}"]
    queries += [f"content={first.content_id}&user={second.user_id}", f"user={first.user_id}&content={first.content_id}"]
    found = [ids(read(api, f"/api/v1/{name}/?{query}")) for query in queries]
    assert found == [[first.pk], [second.pk], [], [first.pk]]


@pytest.mark.parametrize("name", ["interactions", "recommendations", "generation-jobs"])
def test_a_filter_by_another_user_shows_nothing_of_theirs(api: APIClient, alice: User, bob: User, name: str) -> None:
    make = {"interactions": InteractionFactory, "recommendations": RecommendationFactory}.get(
        name, GenerationJobFactory
    )
    make(user=bob)
    api.force_login(alice)
    assert read(api, f"/api/v1/{name}/?user={bob.pk}")["pagination"]["total_count"] == 0


def test_a_list_of_stacks_keeps_the_works_that_lead_one_and_a_stack_its_works(api: APIClient, alice: User) -> None:
    older, newer, other = (
        ContentItemFactory(creator=alice, generation=GenerationDataFactory(prompt=prompt, seed=seed))
        for seed, prompt in enumerate(("fog", "fog", "rain"))
    )
    alone = ContentItemFactory(creator=alice)
    settle()
    older.refresh_from_db()
    queries = ["stacks=on", f"stack={older.stack}", f"stacks=on&stack={older.stack}"]
    answers = [read(api, f"/api/v1/content/?{query}") for query in queries]
    expected = [[alone.pk, other.pk, newer.pk], [newer.pk, older.pk], [newer.pk]]
    assert [ids(answer) for answer in answers] == expected
    assert [answer["pagination"]["total_count"] for answer in answers] == [len(kept) for kept in expected]


def test_a_creator_is_named_by_username_or_id(api: APIClient, alice: User) -> None:
    item = ContentItemFactory(creator=alice)
    ContentItemFactory()
    found = [ids(read(api, f"/api/v1/content/?creator={value}")) for value in ("alice", alice.pk, f"00{alice.pk}")]
    assert found == [[item.pk]] * 3


def test_the_rarest_creator_s_items_are_found_and_counted(api: APIClient, alice: User, bob: User) -> None:
    """Trap 24."""
    ContentItem.objects.bulk_create(ContentItemFactory.build_batch(300, creator=bob))
    item = ContentItemFactory(creator=alice)
    for sort in ("created_at", "quality_score"):
        answer = read(api, f"/api/v1/content/?creator=alice&sort={sort}&page_size=10")
        assert (ids(answer), answer["pagination"]["total_count"]) == ([item.pk], 1)
