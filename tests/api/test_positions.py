"""Positions and histograms: equal to what counting rows gives, for whom and in which list."""

from collections import Counter
from datetime import datetime

import pytest
from rest_framework.test import APIClient

from content.models import ContentItem
from genonaut.api.throttles import HistogramThrottle
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
@pytest.mark.parametrize(("by", "width"), [("day", 10), ("month", 7), ("year", 4)])
def test_a_histogram_counts_what_the_viewer_sees(
    api: APIClient, cast: dict, who: str, order: str, by: str, width: int
) -> None:
    api.force_authenticate(cast[who])
    # All of it is more than 400 days.
    since = datetime.fromisoformat("2020-02-29T00:00:00+00:00")
    rows = [item for item in shown_to(cast[who]) if item.created_at >= since]
    rows = rows if order == "desc" else rows[::-1]
    periods = Counter(item.created_at.isoformat()[:width] for item in rows)
    first = {}
    for place, item in enumerate(rows):
        first.setdefault(item.created_at.isoformat()[:width], place)
    answer = api.get(f"/api/v1/content/histogram/?by={by}&order={order}&page_size=3&created_after=2020-02-29").json()
    said = [(bar["start"][:width], bar["count"], bar["position"], bar["page"]) for bar in answer["items"]]
    assert said == [(name, count, first[name] + 1, first[name] // SIZE + 1) for name, count in periods.items()]
    assert answer["total_count"] == len(rows)


def test_the_histogram_of_an_empty_list_has_no_bars(api: APIClient, db: None) -> None:
    answer = api.get("/api/v1/content/histogram/").json()
    assert answer == {"by": "month", "total_count": 0, "items": []}


@pytest.mark.parametrize("query", ["by=week", "by=", "by=day", "sort=quality_score"])
def test_a_histogram_that_cannot_be_is_refused(api: APIClient, cast: dict, query: str) -> None:
    """Of days there are more than 400 here."""
    answer = api.get(f"/api/v1/content/histogram/?{query}")
    assert (answer.status_code, bool(answer.json()["errors"])) == (400, True)


def test_a_histogram_of_too_many_bars_names_the_coarser_choices(api: APIClient, cast: dict) -> None:
    errors = api.get("/api/v1/content/histogram/?by=day").json()["errors"]
    assert errors == {
        "by": ["More than 400 days: ask by month or year, or narrow the list with created_after and created_before."]
    }


def test_histograms_are_throttled_by_who_asks_and_pages_are_not(
    api: APIClient, cast: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HistogramThrottle, "rate", "2/min", raising=False)
    url = "/api/v1/content/histogram/?by=year"
    answers = [api.get(url) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) <= 60
    assert api.get("/api/v1/content/").status_code == 200
    api.force_authenticate(cast["alice"])
    assert api.get(url).status_code == 200


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59.999999Z"])
def test_the_ends_of_the_calendar_are_dates(api: APIClient, cast: dict, at: str, order: str) -> None:
    assert api.get(f"/api/v1/content/?at={at}&order={order}").status_code == 200
