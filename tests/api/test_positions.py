"""Positions and histograms: equal to what counting rows gives, for whom and in which list."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from itertools import accumulate

import pytest
from rest_framework.test import APIClient

from content.models import ContentItem
from genonaut.pagination import histograms
from tests.factories import ContentItemFactory, UserFactory
from users.models import User

SIZE = 3


@pytest.fixture
def cast(db: None) -> dict[str, User | None]:
    """Return viewers of items that lie days, months and years apart, some of them alice's private ones."""
    alice, bob = UserFactory(username="alice"), UserFactory(username="bob")
    days = [
        "2019-12-31",
        "2020-01-01",
        "2020-01-01",
        "2020-02-29",
        "2020-03-01",
        "2021-03-01",
        "2021-03-02",
        "2021-03-02",
    ]
    for place, day in enumerate(days):
        moment = datetime.fromisoformat(f"{day}T12:00:0{place}+00:00")
        ContentItemFactory(creator=alice, is_private=place % 3 == 1, created_at=moment, quality_score=place % 4 / 4)
    return {"anonymous": None, "alice": alice, "bob": bob, "staff": UserFactory(username="stella", is_staff=True)}


def shown_to(viewer: User | None) -> list[ContentItem]:
    """Return what a viewer sees, newest first."""
    items = ContentItem.objects.order_by("-created_at", "-pk")
    return [item for item in items if not item.is_private or (viewer and (viewer.is_staff or item.creator == viewer))]


@pytest.mark.parametrize("who", ["anonymous", "alice", "bob", "staff"])
@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("sort", ["created_at", "quality_score"])
def test_a_position_is_the_place_in_the_list(api: APIClient, cast: dict, who: str, order: str, sort: str) -> None:
    api.force_authenticate(cast[who])
    rows = shown_to(cast[who])
    if sort == "quality_score":
        rows.sort(key=lambda item: item.quality_score, reverse=True)
    if order == "asc":
        rows.reverse()
    url = "/api/v1/content/{}/position/?sort={}&order={}&page_size=3"
    found = [api.get(url.format(item.pk, sort, order)).json() for item in rows]
    said = [(answer["position"], answer["page"], answer["total_count"]) for answer in found]
    assert said == [(place + 1, place // SIZE + 1, len(rows)) for place in range(len(rows))]


def test_a_hidden_item_has_no_position(api: APIClient, cast: dict) -> None:
    api.force_authenticate(cast["bob"])
    hidden = ContentItem.objects.filter(is_private=True).first()
    assert api.get(f"/api/v1/content/{hidden.pk}/position/").status_code == 404


def test_an_item_that_a_filter_leaves_out_has_no_position_in_that_list(api: APIClient, cast: dict) -> None:
    item = ContentItem.objects.filter(is_private=False).first()
    assert api.get(f"/api/v1/content/{item.pk}/position/?created_after=2022-01-01").status_code == 404


@pytest.mark.parametrize("pk", ["0", "999999999", "9" * 19, "9" * 30, "9" * 4400])
def test_an_id_that_nothing_has_is_not_found(api: APIClient, cast: dict, pk: str) -> None:
    assert api.get(f"/api/v1/content/{pk}/position/").status_code == 404


@pytest.mark.parametrize("query", ["tag=sea", "page=2", "at=2020-01-01", "colour=red", "cursor=x"])
@pytest.mark.parametrize("address", ["{}/position/", "histogram/"])
def test_what_names_no_place_in_a_ranked_list_is_refused(api: APIClient, cast: dict, address: str, query: str) -> None:
    item = ContentItem.objects.filter(is_private=False).first()
    answer = api.get(f"/api/v1/content/{address.format(item.pk)}?{query}")
    assert (answer.status_code, bool(answer.json()["errors"])) == (400, True)


@pytest.mark.parametrize("who", ["anonymous", "alice", "bob", "staff"])
@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize(("by", "width"), [("day", 10), ("month", 7), ("year", 4), ("decade", 3), ("century", 2)])
def test_a_histogram_counts_what_the_viewer_sees(
    api: APIClient, cast: dict, who: str, order: str, by: str, width: int
) -> None:
    api.force_authenticate(cast[who])
    rows = shown_to(cast[who])
    rows = rows if order == "desc" else rows[::-1]
    periods = Counter(item.created_at.isoformat()[:width] for item in rows)
    first = {}
    for place, item in enumerate(rows):
        first.setdefault(item.created_at.isoformat()[:width], place)
    answer = api.get(f"/api/v1/content/histogram/?by={by}&order={order}&page_size=3").json()
    said = [(bar["start"][:width], bar["count"], bar["position"], bar["page"]) for bar in answer["items"]]
    assert said == [(name, count, first[name] + 1, first[name] // SIZE + 1) for name, count in periods.items()]
    assert answer["total_count"] == len(rows)


def test_the_histogram_of_an_empty_list_has_no_bars(api: APIClient, db: None) -> None:
    answer = api.get("/api/v1/content/histogram/").json()
    assert answer == {"by": "month", "total_count": 0, "items": []}


@pytest.mark.parametrize("query", ["by=week", "by=", "sort=quality_score"])
def test_a_histogram_that_cannot_be_is_refused(api: APIClient, cast: dict, query: str) -> None:
    answer = api.get(f"/api/v1/content/histogram/?{query}")
    assert (answer.status_code, bool(answer.json()["errors"])) == (400, True)


@pytest.fixture
def outliers(cast: dict) -> list[ContentItem]:
    """Add public items of the ends of the calendar to the cast's, and of a leap day."""
    texts = ["0001-01-01T00:00:00+00:00", "0009-12-31T23:59:59+00:00", "2000-02-29T23:00:00+00:00"]
    texts += ["2450-07-01T00:00:00+02:00", "9999-12-31T23:59:59.999999+00:00"]
    return [ContentItemFactory(created_at=datetime.fromisoformat(text)) for text in texts]


STARTS = {
    "day": ["0001-01-01", "0009-12-31", "2000-02-29", "2450-06-30", "9999-12-31"],
    "month": ["0001-01-01", "0009-12-01", "2000-02-01", "2450-06-01", "9999-12-01"],
    "year": ["0001-01-01", "0009-01-01", "2000-01-01", "2450-01-01", "9999-01-01"],
    "decade": ["0001-01-01", "2000-01-01", "2450-01-01", "9990-01-01"],
    "century": ["0001-01-01", "2400-01-01", "9900-01-01"],
}


@pytest.mark.parametrize("by", STARTS)
@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("who", ["anonymous", "alice"])
def test_items_of_the_ends_of_the_calendar_are_bars_of_their_own(
    api: APIClient, cast: dict, outliers: list, by: str, order: str, who: str
) -> None:
    api.force_authenticate(cast[who])
    rows = shown_to(cast[who]) if order == "desc" else shown_to(cast[who])[::-1]
    answer = api.get(f"/api/v1/content/histogram/?by={by}&order={order}&page_size=3").json()
    positions = [bar["position"] for bar in answer["items"]]
    assert positions == list(accumulate((bar["count"] for bar in answer["items"][:-1]), initial=1))
    assert sum(bar["count"] for bar in answer["items"]) == answer["total_count"] == len(rows)
    assert {bar["page"] for bar in answer["items"] if (bar["position"] - 1) // SIZE + 1 != bar["page"]} == set()
    assert set(STARTS[by]) <= {bar["start"] for bar in answer["items"]}
    for bar in answer["items"]:
        first, last = (rows[bar["position"] - 1 + place].created_at for place in (0, bar["count"] - 1))
        assert min(first, last).date() >= date.fromisoformat(bar["start"])


@pytest.mark.parametrize("order", ["desc", "asc"])
def test_dates_far_off_lead_to_their_page(api: APIClient, cast: dict, outliers: list, order: str) -> None:
    for item in outliers:
        day = item.created_at.astimezone(UTC).date().isoformat()
        page = api.get(f"/api/v1/content/?at={day}&order={order}&page_size=3").json()
        place = api.get(f"/api/v1/content/{item.pk}/position/?order={order}&page_size=3").json()
        assert (item.pk in [row["id"] for row in page["items"]], page["pagination"]["page"]) == (True, place["page"])
    narrowed = "/api/v1/content/histogram/?created_after=2000-02-29&created_before=2450-06-30T22:00:01Z"
    assert [bar["start"] for bar in api.get(f"{narrowed}&by=century&order=asc").json()["items"]] == [
        "2000-01-01",
        "2400-01-01",
    ]


@pytest.mark.parametrize("name", ["at", "as_of", "created_after", "created_before"])
@pytest.mark.parametrize(
    "moment", ["-0044-03-15", "0000-01-01", "10000-01-01", "0044-03-15 BC", "2023-02-29", "9999-12-31T23:59:59-01:00"]
)
def test_a_date_off_the_calendar_is_refused(api: APIClient, db: None, name: str, moment: str) -> None:
    answer = api.get("/api/v1/content/", {name: moment})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


def months_from(year: int, number: int) -> list[ContentItem]:
    """Add an item in each of so many months."""
    moments = [datetime(year + place // 12, place % 12 + 1, 28, tzinfo=UTC) for place in range(number)]
    items = [ContentItem(title="Item", content_type="image", created_at=moment) for moment in moments]
    return ContentItem.objects.bulk_create(items)


@pytest.mark.parametrize(
    ("moments", "by", "count"),
    [
        ([], "month", 0),
        (["2020-01-01", "2450-01-02", "0001-01-01"], "day", 3),
        (["2020-01-01", "2020-01-02", "2021-03-01", "2450-01-02", "0001-01-01"], "month", 4),
    ],
)
def test_a_list_has_months_or_days_where_it_is_not_said(
    api: APIClient, db: None, moments: list[str], by: str, count: int
) -> None:
    for moment in moments:
        ContentItemFactory(created_at=datetime.fromisoformat(f"{moment}T00:00:00+00:00"))
    answers = [api.get(f"/api/v1/content/histogram/{query}").json() for query in ("", "?by=auto")]
    assert [(answer["by"], len(answer["items"])) for answer in answers] == [(by, count)] * 2


def test_a_list_of_too_many_months_has_years_and_then_decades(
    api: APIClient, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit counts bars that hold rows: 400 of them, far apart, fit."""
    months_from(1950, 399)
    ContentItemFactory(created_at=datetime(1, 1, 1, tzinfo=UTC))
    url = "/api/v1/content/histogram/?by="
    assert len(api.get(f"{url}month").json()["items"]) == 400
    ContentItemFactory(created_at=datetime(2450, 1, 1, tzinfo=UTC))
    answer = api.get(f"{url}month")
    message = "More than 400 months have items: ask by year, decade, century or auto, or narrow the list."
    assert (answer.status_code, answer.json()["errors"]) == (400, {"by": [message]})
    assert [api.get(f"{url}auto").json()["by"], len(api.get(f"{url}auto").json()["items"])] == ["year", 36]
    monkeypatch.setattr(histograms, "MOST_BARS", 30)
    ContentItemFactory()
    assert [api.get(f"{url}auto").json()["by"], len(api.get(f"{url}auto").json()["items"])] == ["decade", 7]


def test_a_reader_may_ask_for_histograms_as_often_as_for_pages(
    api: APIClient, cast: dict, django_assert_num_queries: Callable[..., AbstractContextManager]
) -> None:
    """The second time it is there: a query for the list's version is all."""
    url = "/api/v1/content/histogram/?by=year"
    first = api.get(url)
    with django_assert_num_queries(100):
        answers = [api.get(url) for _ in range(100)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, first.content)}
    ContentItemFactory()
    assert api.get(url).json()["total_count"] == first.json()["total_count"] + 1
    api.force_authenticate(cast["alice"])
    assert api.get(url).json()["total_count"] == len(shown_to(cast["alice"]))


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59.999999Z"])
def test_the_ends_of_the_calendar_are_dates(api: APIClient, cast: dict, at: str, order: str) -> None:
    assert api.get(f"/api/v1/content/?at={at}&order={order}").status_code == 200
