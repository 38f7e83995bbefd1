"""The endpoints of tags and creators: what they list, for whom, how they are searched, paged and kept fresh."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from catalog.counting import compact
from catalog.models import Creator, Tag
from content.models import ContentItem
from tests.api.endpoints import CREATORS, MODELS, NAMES, TAGS, Endpoint
from tests.factories import ContentItemFactory, GenerationDataFactory, GenerativeModelFactory, UserFactory
from tests.pagination.walks import cursor_walk, flat, ids, read, walk
from users.models import User

TAG_LIST, CREATOR_LIST = TAGS.url, CREATORS.url


@pytest.fixture(params=NAMES, ids=str)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint in turn."""
    return request.param


def tagged(**works: int) -> None:
    """Write so many works of each tag; a name's underscores are spaces."""
    for name, count in works.items():
        ContentItem.objects.bulk_create(
            ContentItemFactory.build(creator=None, tags=[name.replace("_", " ")]) for _ in range(count)
        )


def named(api: APIClient, url: str, field: str = "name") -> list[str]:
    """Return the names on a page."""
    return [item[field] for item in read(api, url)["items"]]


# --- What is listed


def test_tags_are_listed_with_how_many_public_works_have_them(api: APIClient, db: None) -> None:
    ContentItemFactory(tags=["Fog", "Sea"])
    ContentItemFactory(tags=["fog"])
    items = read(api, TAG_LIST)["items"]
    assert [(item["name"], item["works"]) for item in items] == [("fog", 2), ("sea", 1)]


def test_creators_are_listed_by_their_own_id_with_how_many_public_works_they_have(api: APIClient, alice: User) -> None:
    ContentItemFactory.create_batch(2, creator=alice)
    expected = [{"id": alice.pk, "username": "alice", "name": "Alice", "works": 2}]
    assert read(api, CREATOR_LIST)["items"] == expected
    assert read(api, f"{CREATOR_LIST}{alice.pk}/") == expected[0]


def test_a_tag_has_an_address_of_its_own(api: APIClient, db: None) -> None:
    tagged(fog=2)
    [tag] = read(api, TAG_LIST)["items"]
    assert read(api, f"{TAG_LIST}{tag['id']}/") == {"id": tag["id"], "name": "fog", "works": 2}


# --- Order


def test_names_of_most_works_come_first_and_the_later_of_equals_before_the_earlier(api: APIClient, db: None) -> None:
    for name, count in {"one": 1, "three": 3, "two": 2, "deux": 2}.items():
        tagged(**{name: count})
        compact()
    assert named(api, TAG_LIST) == ["three", "deux", "two", "one"]
    assert named(api, f"{TAG_LIST}?order=asc") == ["one", "two", "deux", "three"]


def test_creators_of_most_works_come_first(api: APIClient, alice: User, bob: User) -> None:
    carol = UserFactory(username="carol")
    for user, count in ((alice, 1), (bob, 2), (carol, 1)):
        ContentItemFactory.create_batch(count, creator=user)
    assert named(api, CREATOR_LIST, "username") == ["bob", "carol", "alice"]


@pytest.mark.parametrize(("order", "names"), [("asc", ["fog", "sand", "sea"]), ("desc", ["sea", "sand", "fog"])])
def test_tags_are_sorted_by_name(api: APIClient, db: None, order: str, names: list[str]) -> None:
    tagged(sea=1, fog=1, sand=3)
    assert named(api, f"{TAG_LIST}?sort=name&order={order}") == names


def test_creators_are_sorted_by_username(api: APIClient, alice: User, bob: User) -> None:
    ContentItemFactory.create_batch(2, creator=bob)
    ContentItemFactory(creator=alice)
    assert named(api, f"{CREATOR_LIST}?sort=username&order=asc", "username") == ["alice", "bob"]


# --- Completion

COMPLETIONS = {
    "b": ["blue sky", "bluebell"],
    "blue": ["blue sky", "bluebell"],
    "BLUE": ["blue sky", "bluebell"],
    "ｂｌｕｅ": ["blue sky", "bluebell"],
    "sky": ["blue sky"],
    "sk bl": ["blue sky"],
    "blue s": ["blue sky"],
    "lue": [],
    "bluesky": [],
    "cafe": ["café-noir"],
    "CAFÉ": ["café-noir"],
    "cafe\u0301": ["café-noir"],
    "noir": ["café-noir"],
    "cafe-n": ["café-noir"],
    "日": ["日本語"],
    "日本": ["日本語"],
    "19": ["1984"],
    "-": [],
    "'&|!:*()<>\\": [],
    "%": [],
    "_": [],
    "🦊": [],
    "blue '": ["blue sky", "bluebell"],
    "a" * 150: [],
}


@pytest.mark.parametrize("text", COMPLETIONS)
def test_words_that_are_typed_begin_words_of_a_tag(api: APIClient, db: None, text: str) -> None:
    ContentItemFactory(tags=["Blue sky", "bluebell", "Café-Noir", "日本語", "1984"])
    answer = api.get(TAG_LIST, {"q": text, "sort": "name", "order": "asc"}).json()
    assert [item["name"] for item in answer["items"]] == COMPLETIONS[text]
    pagination = answer["pagination"]
    assert (pagination["total_count"], pagination["total_count_kind"]) == (len(COMPLETIONS[text]), "exact")


@pytest.mark.parametrize(
    ("text", "is_there"), [("ali", True), ("LIDD", True), ("alice lid", True), ("liddell a", True), ("ice", False)]
)
def test_words_that_are_typed_begin_the_username_or_words_of_the_name(
    api: APIClient, db: None, text: str, is_there: bool
) -> None:
    ContentItemFactory(creator=UserFactory(username="alice", name="A. Liddell"))
    ContentItemFactory(creator=UserFactory(username="zoe"))
    assert [item["username"] for item in api.get(CREATOR_LIST, {"q": text}).json()["items"]] == ["alice"] * is_there


def test_an_account_is_found_by_its_new_name_at_once(api: APIClient, alice: User) -> None:
    ContentItemFactory(creator=alice)
    read(api, CREATOR_LIST)
    User.objects.filter(pk=alice.pk).update(name="Rabbit")
    assert [named(api, f"{CREATOR_LIST}?q={text}") for text in ("rab", "alice")] == [["Rabbit"], ["Rabbit"]]


def test_completions_are_those_of_most_works_first(api: APIClient, db: None) -> None:
    tagged(sea=1, seal=3, season=2, fog=9)
    assert named(api, f"{TAG_LIST}?q=sea&page_size=2") == ["seal", "season"]


# --- Pages


@pytest.mark.parametrize(
    "query", ["", "&order=asc", "&q={q}", "&sort={name}", "&sort={name}&order=asc", "&q={q}&order=asc"]
)
def test_pages_by_number_and_by_cursor_visit_each_name_once(
    api: APIClient, alice: User, endpoint: Endpoint, query: str
) -> None:
    made = endpoint.fill(alice, 7)
    names = {"name": list(endpoint.listing.sorts)[1], "q": {TAGS: "tag", CREATORS: "user", MODELS: "model"}[endpoint]}
    url = f"{endpoint.url}?page_size=3{query.format(**names)}"
    by_number, by_cursor = walk(api, url), [ids(page) for page in cursor_walk(api, url)]
    assert (by_number, [len(page) for page in by_number]) == (by_cursor, [3, 3, 1])
    assert sorted(flat(by_number)) == sorted(made)


def test_a_page_past_the_end_is_not_there(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    endpoint.fill(alice, 3)
    answers = [api.get(f"{endpoint.url}?page_size=2&page={number}") for number in (2, 3, 10**9)]
    assert [answer.status_code for answer in answers] == [200, 404, 404]
    assert answers[1].json()["total_pages"] == 2


def test_totals_are_exact(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    endpoint.fill(alice, 5)
    for query, count in (("", 5), ("?page_size=2&page=2", 5), ("?q=nothing", 0)):
        pagination = read(api, f"{endpoint.url}{query}")["pagination"]
        assert (pagination["total_count"], pagination["total_count_kind"]) == (count, "exact")


@pytest.mark.parametrize("query", ["", "order=asc", "sort={name}", "sort={name}&order=asc"])
def test_a_position_is_the_place_in_the_list(api: APIClient, alice: User, endpoint: Endpoint, query: str) -> None:
    endpoint.fill(alice, 5)
    query = query.format(name=list(endpoint.listing.sorts)[1])
    rows = ids(read(api, f"{endpoint.url}?{query}"))
    places = [read(api, f"{endpoint.detail(pk)}position/?page_size=2&{query}") for pk in rows]
    said = [(place["position"], place["page"], place["total_count"]) for place in places]
    assert said == [(1, 1, 5), (2, 1, 5), (3, 2, 5), (4, 2, 5), (5, 3, 5)]


# --- What is refused


@pytest.mark.parametrize(
    "name",
    [
        "at",
        "as_of",
        "created_after",
        "created_before",
        "works",
        "name",
        "tag",
        "creator",
        "is_active",
        "search_words",
        "fbclid",
    ],
)
@pytest.mark.parametrize("address", ["{list}", "{row}position/"])
def test_other_parameters_are_refused(api: APIClient, alice: User, endpoint: Endpoint, name: str, address: str) -> None:
    [pk] = endpoint.fill(alice, 1)
    url = address.format(list=endpoint.url, row=endpoint.detail(pk))
    answer = api.get(url, {name: "2024-01-01"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


@pytest.mark.parametrize(("name", "value"), [("q", "a\0b"), ("q", "a" * 151), ("sort", "created_at"), ("sort", "id")])
def test_wrong_values_are_refused(api: APIClient, db: None, endpoint: Endpoint, name: str, value: str) -> None:
    answer = api.get(endpoint.url, {name: value})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


def test_a_list_without_times_has_no_histogram(api: APIClient, db: None, endpoint: Endpoint) -> None:
    assert api.get(f"{endpoint.url}histogram/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_names_are_only_read(api: APIClient, staff: User, endpoint: Endpoint, method: str) -> None:
    [pk] = endpoint.fill(staff, 1)
    api.force_login(staff)
    for url in (endpoint.url, endpoint.detail(pk)):
        answer = getattr(api, method)(url, {"name": "x", "works": 9})
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert ids(read(api, endpoint.url)) == [pk]


# --- Who is hidden


def test_a_deactivated_creator_is_neither_listed_nor_found(api: APIClient, alice: User, bob: User) -> None:
    for user in (alice, bob):
        ContentItemFactory(creator=user)
    read(api, CREATOR_LIST)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert [named(api, f"{CREATOR_LIST}{query}", "username") for query in ("", "?q=alice")] == [["bob"], []]
    assert read(api, CREATOR_LIST)["pagination"]["total_count"] == 1
    answers = [api.get(f"{CREATOR_LIST}{pk}/{part}") for pk in (alice.pk, bob.pk) for part in ("", "position/")]
    assert [answer.status_code for answer in answers] == [404, 404, 200, 200]


def test_staff_are_shown_no_deactivated_creator_either(api: APIClient, staff: User) -> None:
    ContentItemFactory(creator=UserFactory(is_active=False))
    api.force_login(staff)
    assert read(api, CREATOR_LIST)["items"] == []


def test_a_creator_who_is_active_again_is_listed(api: APIClient, alice: User) -> None:
    ContentItemFactory(creator=alice)
    for is_active in (False, True):
        User.objects.filter(pk=alice.pk).update(is_active=is_active)
        assert named(api, CREATOR_LIST, "username") == ["alice"] * is_active


@pytest.mark.parametrize("who", ["anonymous", "owner", "other", "staff"])
def test_names_of_private_works_appear_nowhere(
    client_of: Callable, alice: User, bob: User, staff: User, who: str
) -> None:
    ContentItemFactory(creator=alice, tags=["secret"], is_private=True)
    shown = ContentItemFactory(creator=bob, tags=["secret plan"])
    client = client_of({"anonymous": None, "owner": alice, "other": bob, "staff": staff}[who])
    read(client, TAG_LIST)
    ContentItem.objects.filter(pk=shown.pk).update(is_private=True)
    for url in (TAG_LIST, CREATOR_LIST):
        for query in ("", "?q=s", "?q=alice", "?q=b"):
            answer = read(client, url + query)
            assert (answer["items"], answer["pagination"]["total_count"]) == ([], 0)
    assert client.get("/fragments/names/?q=s").content.strip() == b""
    assert client.get("/fragments/names/?q=alice").content.strip() == b""


def test_a_tag_whose_last_public_work_has_gone_has_no_address(api: APIClient, db: None) -> None:
    work = ContentItemFactory(tags=["fog"])
    [pk] = ids(read(api, TAG_LIST))
    ContentItem.objects.filter(pk=work.pk).update(is_private=True)
    read(api, TAG_LIST)
    assert [api.get(f"{TAG_LIST}{pk}/{part}").status_code for part in ("", "position/")] == [404, 404]


def test_only_public_works_are_in_a_count(api: APIClient, alice: User) -> None:
    for is_private in (True, True, False):
        ContentItemFactory(creator=alice, tags=["fog"], is_private=is_private)
    api.force_login(alice)
    counts = [item["works"] for url in (TAG_LIST, CREATOR_LIST) for item in read(api, url)["items"]]
    assert counts == [1, 1]


# --- Fresh


def test_a_work_that_is_posted_counts_in_the_next_answer(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    for count in (1, 2, 3):
        body = {"title": "Fog", "content_type": "image", "tags": ["Fog"]}
        assert api.post("/api/v1/content/", body, format="json").status_code == 201
        counts = [item["works"] for url in (TAG_LIST, CREATOR_LIST) for item in read(api, url)["items"]]
        assert counts == [count, count]


def test_a_work_that_is_changed_or_deleted_counts_so_in_the_next_answer(api: APIClient, alice: User) -> None:
    work = ContentItemFactory(creator=alice, tags=["fog"])
    api.force_login(alice)
    url = f"/api/v1/content/{work.pk}/"
    seen = [named(api, TAG_LIST)]
    api.patch(url, {"tags": ["sea"]}, format="json")
    seen.append(named(api, TAG_LIST))
    api.delete(url)
    seen.append(named(api, TAG_LIST))
    assert seen == [["fog"], ["sea"], []]


def test_a_list_that_is_kept_is_asked_for_anew_once_a_count_has_changed(
    api: APIClient, alice: User, endpoint: Endpoint
) -> None:
    endpoint.fill(alice, 1)
    first = api.get(endpoint.url)
    kept = {"if-none-match": first.headers["ETag"]}
    assert api.get(endpoint.url, headers=kept).status_code == 304
    data = GenerationDataFactory(model=GenerativeModelFactory())
    ContentItem.objects.bulk_create([ContentItemFactory.build(creator=alice, tags=["new"], generation=data)])
    assert api.get(endpoint.url, headers=kept).status_code == 200


# --- Queries

# Whether there are changes, and the page.
LIST = 2
# Not by rank: anchors, the planner's guess, the total, keys and rows, after whether there are changes.
COMPLETION = 6


@pytest.mark.parametrize("rows", [1, 20])
def test_a_list_runs_as_many_queries_however_many_names_there_are(
    api: APIClient, alice: User, endpoint: Endpoint, rows: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint.make(alice, rows)
    with django_assert_num_queries(LIST):
        answer = read(api, endpoint.url)
    assert len(answer["items"]) == rows


@pytest.mark.parametrize("rows", [1, 20])
@pytest.mark.parametrize("text", ["tag", "user"])
def test_a_completion_runs_as_many_queries_however_many_names_it_finds(
    api: APIClient, alice: User, rows: int, text: str, django_assert_num_queries: Callable[..., Any]
) -> None:
    endpoint = TAGS if text == "tag" else CREATORS
    endpoint.make(alice, rows)
    with django_assert_num_queries(COMPLETION):
        assert len(read(api, f"{endpoint.url}?q={text}")["items"]) == rows


def test_the_tables_hold_what_the_lists_show(api: APIClient, alice: User) -> None:
    ContentItemFactory(creator=alice, tags=["fog"])
    read(api, TAG_LIST)
    assert (Tag.objects.get().name, Creator.objects.get().get_absolute_url()) == ("fog", "/users/alice/")
