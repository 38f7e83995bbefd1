"""The one vocabulary of every list, and the one way in which it says no."""

import pytest
from rest_framework.test import APIClient

from tests.api.endpoints import CONTENT, ENDPOINTS, JOBS, NAMES, SORTS, Endpoint, each_list
from tests.factories import ContentItemFactory
from tests.pagination.walks import cursor_walk, flat, ids, read, walk
from users.models import User

NOT_A_NUMBER = ["", "abc", "1.5", "1e3", "0x10", "+1", " 1", "1 ", "1_0", "٣", "²", "１", "NaN", "%00", "null", "[]"]
NO_MOMENT = ["abc", "2024-13-01", "2024-02-30", "2024-01-01T25:00Z", "24-01-01", "2024-01-01T00:00Z'--", "1e9", "0"]
NO_MOMENT += ["2024-01-01%00", "%FF", "99999-01-01", "0000-01-01", "9999-12-31T23:59-01:00", "9" * 5000]
BAD = {
    **{f"page={value}": ["page"] for value in [*NOT_A_NUMBER, "0", "-1", "9" * 31, "9" * 5000, "%FF"]},
    **{f"page_size={value}": ["page_size"] for value in [*NOT_A_NUMBER, "0", "-1", "1001", "9" * 30, "9" * 5000]},
    **{f"sort={value}": ["sort"] for value in ["", "nothing", "id;DROP TABLE users_user", "-created_at", "%00"]},
    **{f"sort={value}": ["sort"] for value in ["created_at,id", "CREATED_AT", "creator__password", "created_at'--"]},
    **{f"order={value}": ["order"] for value in ["", "up", "ASC", "asc;--", "asc,desc", "%00"]},
    "page=1&cursor=abc": ["cursor"],
    "page=&cursor=": ["cursor"],
    **{f"{name}={value}": [name] for name in ("as_of", "at") for value in NO_MOMENT},
    "page=1&at=2024-01-01": ["at"],
    "at=2024-01-01&cursor=abc&sort=created_at": ["cursor"],
    "as_of=2024-01-01&as_of=2024-01-02": ["as_of"],
    "at=2024-01-01&at=2024-01-02&sort=created_at": ["at"],
    "nothing=1": ["nothing"],
    "nothing=": ["nothing"],
    "id__in=1": ["id__in"],
    "limit=10&offset=20": ["limit", "offset"],
    "Page=1": ["Page"],
    "a%00b=1": ["a\0b"],
    "page=1&page=2": ["page"],
    "page_size=5&page_size=6": ["page_size"],
    "sort=created_at&sort=created_at": ["sort"],
    "order=asc&order=desc": ["order"],
    "cursor=a&cursor=b": ["cursor"],
    "created_after=2024-01-01&created_after=2024-01-02": ["created_after"],
    "format=json&format=json": ["format"],
    "page=0&page_size=0&sort=x&order=x&nothing=1": ["nothing", "page", "page_size", "sort", "order"],
}
# For each set of names in error.
ONE_OF_EACH = {tuple(names): query for query, names in BAD.items()}.values()

ALL_SORTS = [*SORTS, *((endpoint, sort) for endpoint in NAMES for sort in endpoint.listing.sorts)]


@pytest.fixture(params=ENDPOINTS, ids=str)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint in turn."""
    return request.param


def test_a_wrong_parameter_is_a_problem_that_names_it(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    """One reading of them serves all lists: a public one and a personal one are asked for every spelling."""
    if not endpoint.is_public:
        api.force_login(alice)
    asked = BAD if endpoint in (CONTENT, JOBS) else {query: BAD[query] for query in ONE_OF_EACH}
    said = {}
    for query in asked:
        response = api.get(f"{endpoint.url}?{query}")
        said[query] = (response.status_code, response.headers["Content-Type"], list(response.json()["errors"]))
    assert said == {query: (400, "application/problem+json", names) for query, names in asked.items()}


@each_list
def test_a_problem_has_the_members_of_rfc_9457(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    api.force_login(alice)
    response = api.get(f"{endpoint.url}?page=0")
    assert response.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "Some parameters are not valid.",
        "request_id": response.headers["X-Request-ID"],
        "errors": {"page": ["Must be a whole number from 1."]},
    }


@each_list
def test_a_page_past_the_end_is_a_problem_that_says_how_many_there_are(
    api: APIClient, alice: User, endpoint: Endpoint
) -> None:
    """Trap 19."""
    endpoint.fill(alice, 3)
    api.force_login(alice)
    for number in (3, 4, 10**18, 10**30 - 1):
        response = api.get(f"{endpoint.url}?page={number}&page_size=2")
        assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")
        assert response.json() == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": f"There is no page {number:,}: this list has 2 pages.",
            "request_id": response.headers["X-Request-ID"],
            "total_pages": 2,
        }


def test_page_2_of_an_empty_list_is_not_there(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    api.force_login(alice)
    response = api.get(f"{endpoint.url}?page=2&created_after=2999-01-01")
    assert (response.status_code, response.json()["total_pages"]) == (404, 1)


@each_list
def test_a_page_holds_as_many_rows_as_asked_for(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    expected = endpoint.fill(alice, 5)
    api.force_login(alice)
    for size in (1, 2, 5, 1000):
        answer = read(api, f"{endpoint.url}?page_size={size}")
        assert (ids(answer), answer["pagination"]["page_size"]) == (expected[:size], size)


@each_list
def test_leading_zeros_are_a_number(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    expected = endpoint.fill(alice, 3)
    api.force_login(alice)
    queries = ["page=01", "page_size=0005", "page=00001&page_size=5"]
    assert [ids(read(api, f"{endpoint.url}?{query}")) for query in queries] == [expected] * 3


@pytest.mark.parametrize(("endpoint", "sort"), ALL_SORTS, ids=str)
def test_every_sort_is_walked_once_each_in_both_orders(
    api: APIClient, alice: User, endpoint: Endpoint, sort: str
) -> None:
    """Trap 7."""
    rows = endpoint.fill(alice, 7)
    api.force_login(alice)
    falling = f"{endpoint.url}?sort={sort}&page_size=2&order=desc"
    rising = f"{endpoint.url}?sort={sort}&page_size=2&order=asc"
    seen = flat([ids(page) for page in cursor_walk(api, falling)])
    assert sorted(seen) == sorted(rows)
    assert [seen, seen[::-1]] == [flat(walk(api, falling)), flat([ids(page) for page in cursor_walk(api, rising)])]


@pytest.mark.parametrize(("endpoint", "sort"), ALL_SORTS, ids=str)
def test_rows_are_sorted_by_what_was_asked(api: APIClient, alice: User, endpoint: Endpoint, sort: str) -> None:
    column = {"popular": "popularity"}.get(sort, sort)
    for number, row in enumerate(endpoint.make(alice, 6)):
        if sort in ("score", "quality_score", "likes", "popular"):
            value = number * 3 % 5 if sort == "likes" else number * 3 % 5 / 5
            type(row).objects.filter(pk=row.pk).update(**{column: value})
    api.force_login(alice)
    items = read(api, f"{endpoint.url}?sort={sort}&order=asc")["items"]
    rows = endpoint.listing.model.objects.in_bulk([item["id"] for item in items])
    values = [getattr(rows[item["id"]], column) for item in items]
    assert values == sorted(values)


def test_best_is_first_by_default_among_recommendations_and_newest_elsewhere(
    api: APIClient, alice: User, endpoint: Endpoint
) -> None:
    endpoint.fill(alice, 4)
    api.force_login(alice)
    first_sort = next(iter(endpoint.listing.sorts))
    assert ids(read(api, endpoint.url)) == ids(read(api, f"{endpoint.url}?sort={first_sort}&order=desc"))
    assert first_sort == ("score" if endpoint.name == "recommendations" else "created_at")


def test_a_wrong_parameter_runs_no_query(api: APIClient, alice: User, django_assert_num_queries: object) -> None:
    ContentItemFactory()
    with django_assert_num_queries(0):
        api.get("/api/v1/content/?page=0&sort=x")


def test_more_parameters_than_django_reads_are_a_problem(api: APIClient, db: None) -> None:
    response = api.get("/api/v1/content/?" + "&".join(f"a{number}=1" for number in range(1_500)))
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("query", ["by=day&by=day", "by=day&by=month&order=desc", "by=&by=year"])
def test_the_bars_of_a_histogram_are_named_once(api: APIClient, db: None, query: str) -> None:
    answer = api.get(f"/api/v1/content/histogram/?{query}")
    assert (answer.status_code, answer.json()["errors"]) == (400, {"by": ["Give this parameter once."]})


def test_links_keep_the_format_that_was_asked_for(api: APIClient, alice: User) -> None:
    item, *_ = ContentItemFactory.create_batch(3, creator=alice)
    page = api.get("/api/v1/content/?format=json&page_size=1&page=2", headers={"accept": "text/html,*/*"})
    links = page.json()["links"]
    assert [links[relation].count("format=json") for relation in ("self", "first", "prev", "next", "last")] == [1] * 5
    assert api.get(links["next"], headers={"accept": "text/html,*/*"}).json()["pagination"]["page"] == 3
    assert "format=json" in api.get(f"/api/v1/content/{item.pk}/position/?format=json").json()["url"]
    assert read(api, "/api/v1/content/?page_size=1&cursor=" + page.json()["pagination"]["next_cursor"])["items"]
