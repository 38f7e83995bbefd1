"""`at`: the page that holds a date, in a list sorted by time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from rest_framework.test import APIClient

from content.models import ContentItem
from tests.api.endpoints import ENDPOINTS, PRIVATE, Endpoint
from tests.factories import EPOCH, ContentItemFactory
from tests.pagination.walks import cursor_url, ids, page_of, read, times_on
from users.models import User

ClientOf = Callable[[Any], APIClient]
ORDERS = ["desc", "asc"]
DAYS = 12
# How many works each day has: none, one and many.
WORKS = [3, 0, 1, 7, 1, 1, 0, 0, 5, 2, 9, 1]


@pytest.fixture
def days(small_leaves: None, db: None) -> list[datetime]:
    """Works of twelve days, by the times of which each day's first is midnight and the last a microsecond before."""
    times = []
    for day, number in enumerate(WORKS):
        start = EPOCH + timedelta(days=day)
        times += [start + timedelta(hours=hour) for hour in range(number - 1)]
        times += [start + timedelta(days=1, microseconds=-1)][:number]
    ContentItem.objects.bulk_create(ContentItemFactory.build(creator=None, created_at=time) for time in times)
    return sorted(times)


@pytest.mark.parametrize("size", [1, 4, 50])
@pytest.mark.parametrize("order", ORDERS)
def test_every_day_leads_to_the_page_that_holds_its_first_work_or_the_next(
    api: APIClient, days: list[datetime], order: str, size: int
) -> None:
    pages: dict[int, dict[str, Any]] = {}
    for number in range(-2, DAYS + 3):
        day = EPOCH + timedelta(days=number)

        def is_reached(time: datetime, day: datetime = day) -> bool:
            return time < day + timedelta(days=1) if order == "desc" else time >= day

        url = f"/api/v1/content/?order={order}&page_size={size}"
        found = read(api, f"{url}&at={day:%Y-%m-%d}")
        page = page_of(days, order, is_reached, size)
        assert found["pagination"]["page"] == page, day
        pages[page] = pages.get(page) or read(api, f"{url}&page={page}")
        assert {**found, "links": None} == {**pages[page], "links": None}
        if 0 <= number < DAYS and WORKS[number]:
            assert day.date() in [time.date() for time in times_on(found)]


@pytest.mark.parametrize("order", ORDERS)
def test_a_time_of_day_leads_to_the_page_of_the_work_made_then_or_next(
    api: APIClient, days: list[datetime], order: str
) -> None:
    for time in (*days, days[4] + timedelta(microseconds=1), days[9] - timedelta(minutes=1)):
        text = f"{time:%Y-%m-%dT%H:%M:%S.%fZ}"
        is_midnight = time.time() == time.min.time()

        def is_reached(made: datetime, time: datetime = time, is_midnight: bool = is_midnight) -> bool:
            if order == "asc":
                return made >= time
            return made < time + timedelta(days=1) if is_midnight else made <= time

        found = read(api, f"/api/v1/content/?order={order}&page_size=2&at={text}")
        assert found["pagination"]["page"] == page_of(days, order, is_reached, 2), text


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59.999999Z", "1066-10-14T09:00Z"])
def test_a_date_outside_the_list_leads_to_the_page_at_that_end(
    api: APIClient, days: list[datetime], at: str, order: str
) -> None:
    said = read(api, f"/api/v1/content/?order={order}&page_size=4&at={at}")["pagination"]
    is_last = (at > "2024") == (order == "asc")
    assert (said["page"], said["has_next"]) == ((-(-len(days) // 4), False) if is_last else (1, True))


@pytest.mark.parametrize("order", ORDERS)
def test_a_date_in_an_empty_list_leads_to_its_only_page(api: APIClient, db: None, order: str) -> None:
    answer = read(api, f"/api/v1/content/?at=2024-01-01&order={order}")
    assert (answer["items"], answer["pagination"]["page"], answer["pagination"]["total_pages"]) == ([], 1, 1)


def test_a_date_is_found_within_bounds_and_as_of_a_moment(api: APIClient, days: list[datetime]) -> None:
    bounds = "created_after=2024-01-03&created_before=2024-01-11&as_of=2024-01-10T12:00Z"
    kept = [time for time in days if EPOCH + timedelta(days=2) <= time <= EPOCH + timedelta(days=9, hours=12)]
    for day in range(DAYS):
        moment = EPOCH + timedelta(days=day)
        found = read(api, f"/api/v1/content/?{bounds}&page_size=3&at={moment:%Y-%m-%d}")
        number = page_of(kept, "desc", lambda time: time < moment + timedelta(days=1), 3)  # noqa: B023
        assert (found["pagination"]["page"], times_on(found)) == (number, kept[::-1][3 * number - 3 : 3 * number])


def test_links_of_a_page_found_by_date_are_those_of_the_page(api: APIClient, days: list[datetime]) -> None:
    found = read(api, "/api/v1/content/?page_size=4&at=2024-01-09")
    number = found["pagination"]["page"]
    queries = {name: parse_qs(urlsplit(link).query) for name, link in found["links"].items()}
    assert {name: (query["page"], "at" in query) for name, query in queries.items()} == {
        "self": ([str(number)], False),
        "first": (["1"], False),
        "prev": ([str(number - 1)], False),
        "next": ([str(number + 1)], False),
        "last": ([str(-(-len(days) // 4))], False),
    }
    assert {**read(api, found["links"]["self"]), "links": None} == {**found, "links": None}


def test_a_blank_date_is_none(api: APIClient, days: list[datetime]) -> None:
    """A form sends its date field also where it was left empty."""
    first = read(api, "/api/v1/content/?page_size=4")
    assert ids(read(api, "/api/v1/content/?page_size=4&at=")) == ids(first)
    assert ids(read(api, "/api/v1/content/?page_size=4&at=&page=2")) == ids(
        read(api, "/api/v1/content/?page_size=4&page=2")
    )
    behind = read(api, cursor_url("/api/v1/content/?page_size=4", first))
    assert ids(read(api, cursor_url("/api/v1/content/?page_size=4&at=", first))) == ids(behind)


def test_private_works_of_others_lead_nobody_to_another_page(client_of: ClientOf, alice: User, bob: User) -> None:
    """Trap 10."""
    for day in range(6):
        ContentItemFactory(creator=alice, is_private=True, created_at=EPOCH + timedelta(days=day))
        ContentItemFactory(creator=None, created_at=EPOCH + timedelta(days=day))
    said = [
        read(client_of(user), "/api/v1/content/?page_size=1&at=2024-01-03")["pagination"]["page"]
        for user in (None, bob, alice)
    ]
    assert said == [4, 4, 7]


# --- Refused


@pytest.mark.parametrize("place", ["page=1", "page=2", "cursor=abc", "page=1&cursor=abc"])
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_a_date_beside_another_place_is_refused(
    client_of: ClientOf, staff: User, endpoint: Endpoint, place: str
) -> None:
    answer = client_of(staff).get(f"{endpoint.url}?at=2024-01-01&sort=created_at&{place}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["cursor" if "cursor" in place else "at"])


@pytest.mark.parametrize(
    ("name", "sort"), [("content", "quality_score"), ("users", "username"), ("recommendations", "score")]
)
def test_a_date_in_a_list_of_another_sort_is_refused(client_of: ClientOf, staff: User, name: str, sort: str) -> None:
    answer = client_of(staff).get(f"/api/v1/{name}/?at=2024-01-01&sort={sort}")
    message = "Dates are found in a list sorted by created_at only."
    assert (answer.status_code, answer.json()["errors"]) == (400, {"at": [message]})


@pytest.mark.parametrize("query", ["q=item", "tag=sea", "creator=alice", "min_quality=0.5"])
def test_a_date_in_a_list_that_no_ranking_counts_is_refused(api: APIClient, db: None, query: str) -> None:
    answer = api.get(f"/api/v1/content/?at=2024-01-01&{query}")
    message = "The pages of this list cannot be found by date."
    assert (answer.status_code, answer.json()["errors"]) == (400, {"at": [message]})


@pytest.mark.parametrize("endpoint", PRIVATE, ids=str)
def test_a_personal_list_refuses_dates_and_takes_them_from_staff(
    client_of: ClientOf, alice: User, staff: User, endpoint: Endpoint
) -> None:
    endpoint.fill(alice, 3)
    url = f"{endpoint.url}?at=2999-01-01&sort=created_at"
    refused = client_of(alice).get(url)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["at"])
    assert read(client_of(staff), url)["pagination"]["page"] == 1
