"""The way through the years, months and days of a changelist."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from genonaut.large_admin import LargeTableAdmin
from genonaut.large_admin.dates import Period
from genonaut.pagination import totals
from tests.factories import ContentItemFactory
from users.models import User

ITEMS = "/admin/content/contentitem/"


def dated(*moments: datetime, **given: object) -> None:
    """Make an item for each moment."""
    for moment in moments:
        ContentItemFactory(created_at=moment, **given)


def parts(client: Client, address: str) -> dict[str, int]:
    """Return how many rows each date has that a list offers."""
    return {link.text: link.count for link in client.get(address).context["cl"].date_parts}


def test_only_dates_that_have_rows_are_offered(desk: Client) -> None:
    dated(datetime(2019, 5, 4, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC), datetime(2024, 12, 31, 23, tzinfo=UTC))

    assert parts(desk, ITEMS) == {"2019": 1, "2024": 2}
    assert parts(desk, f"{ITEMS}?created_at__year=2024") == {"February": 1, "December": 1}
    assert parts(desk, f"{ITEMS}?created_at__year=2024&created_at__month=2") == {"29 February": 1}
    assert parts(desk, f"{ITEMS}?created_at__year=2024&created_at__month=2&created_at__day=29") == {}
    assert parts(desk, f"{ITEMS}?created_at__year=2020") == {}


def test_a_date_keeps_filters_and_order_and_drops_the_page(desk: Client) -> None:
    dated(datetime(2024, 2, 29, tzinfo=UTC))
    html = desk.get(f"{ITEMS}?source__exact=user&o=-6&p=1").content.decode()
    assert '<a href="?created_at__year=2024&amp;o=-6&amp;source__exact=user">2024' in html


def test_a_year_in_another_order_is_counted_by_its_months(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for budget in ("COUNT_BUDGET", "LARGE_COUNT_BUDGET"):
        monkeypatch.setattr(totals, budget, 2)
    dated(*(datetime(2024, month, 1, tzinfo=UTC) for month in range(1, 8)), datetime(2023, 1, 1, tzinfo=UTC))
    changelist = desk.get(f"{ITEMS}?created_at__year=2024&o=-6").context["cl"]
    assert not changelist.paginator.total.is_exact
    assert (changelist.result_text, changelist.result_count) == ("7", 7)


def test_a_day_says_where_it_lies_and_leads_out_again(desk: Client) -> None:
    dated(datetime(2024, 2, 29, tzinfo=UTC))
    changelist = desk.get(f"{ITEMS}?created_at__year=2024&created_at__month=2&created_at__day=29").context["cl"]
    assert [(link.text, link.url) for link in changelist.date_path] == [
        ("All dates", "?"),
        ("2024", "?created_at__year=2024"),
        ("February", "?created_at__month=2&created_at__year=2024"),
        ("29 February", "?created_at__day=29&created_at__month=2&created_at__year=2024"),
    ]


def test_a_search_is_narrowed_to_a_date_and_leads_out_again(desk: Client) -> None:
    dated(datetime(2021, 1, 1, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC), title="fog")
    changelist = desk.get(f"{ITEMS}?q=fog&created_at__year=2021").context["cl"]
    assert (changelist.result_count, changelist.date_parts) == (1, [])
    assert changelist.date_path[0].url == "?q=fog"


@pytest.mark.parametrize("order", ["", "o=-6", "o=9"])
def test_one_creators_items_of_a_year(desk: Client, alice: User, order: str) -> None:
    dated(datetime(2021, 1, 1, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC), creator=alice)
    dated(datetime(2021, 1, 1, tzinfo=UTC))
    address = f"{ITEMS}?creator__id__exact={alice.pk}&created_at__year=2021&{order}"
    assert desk.get(address).context["cl"].result_count == 1


@pytest.mark.parametrize(
    "query",
    [
        "created_at__year=x",
        "created_at__year=",
        "created_at__year=0",
        "created_at__year=-1",
        "created_at__year=10000",
        "created_at__year=" + "9" * 5000,
        "created_at__year=٢٠٢٤",
        "created_at__year=20%0024",
        "created_at__month=2",
        "created_at__year=2024&created_at__day=2",
        "created_at__year=2024&created_at__month=13",
        "created_at__year=2023&created_at__month=2&created_at__day=29",
    ],
)
def test_what_is_no_date_leads_to_all_dates_and_a_message(desk: Client, query: str) -> None:
    dated(datetime(2024, 2, 29, tzinfo=UTC))
    response = desk.get(f"{ITEMS}?{query}&source__exact=user")
    changelist = response.context["cl"]
    assert (response.status_code, changelist.result_count) == (200, 1)
    assert "The address named no date that there is" in response.content.decode()
    assert changelist.get_query_string() == "?source__exact=user"


@pytest.mark.parametrize("year", [1, 9999])
def test_the_first_and_the_last_year_are_years(desk: Client, year: int) -> None:
    dated(datetime(year, 12, 31, 23, 59, tzinfo=UTC))
    month = f"{ITEMS}?created_at__year={year}&created_at__month=12"
    assert parts(desk, ITEMS) == {str(year): 1}
    assert parts(desk, month) == {"31 December": 1}
    assert desk.get(f"{month}&created_at__day=31").context["cl"].result_count == 1


def test_the_last_moment_of_the_calendar_is_of_its_year_month_and_day(desk: Client) -> None:
    dated(datetime.max.replace(tzinfo=UTC))
    narrowed = ITEMS
    for part, said in (("?created_at__year=9999", "9999"), ("&created_at__month=12", "December"), ("", "31 December")):
        assert parts(desk, narrowed) == {said: 1}
        narrowed += part
        assert desk.get(narrowed).context["cl"].result_count == 1


def test_years_that_lie_centuries_apart_take_few_queries(
    desk: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    years = [1, 2, 49, 50, 51, 1999, 2024, 9999]
    dated(*(datetime(year, 6, 1, tzinfo=UTC) for year in years))
    with django_assert_num_queries(8):  # two more than usual: spans of 2,500 years, of 50, years
        assert parts(desk, ITEMS) == {str(year): 1 for year in years}


def test_a_list_without_a_sort_by_time_has_no_dates(desk: Client) -> None:
    assert desk.get("/admin/authtoken/tokenproxy/?created_at__year=2024").status_code == 400
    assert desk.get("/admin/authtoken/tokenproxy/").context["cl"].date_parts == []


def test_a_page_of_a_year_is_read_by_rank_past_its_end_too(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LargeTableAdmin, "list_per_page", 2)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    dated(*(start + timedelta(days=200 * number) for number in range(-3, 6)))
    expected = list(
        ContentItem.objects.filter(created_at__year=2024).order_by("created_at").values_list("pk", flat=True)
    )
    shown = [
        [row.pk for row in desk.get(f"{ITEMS}?created_at__year=2024&o=9&p={page}").context["cl"].result_list]
        for page in (1, 99)
    ]
    assert shown == [expected[:2], expected[-(len(expected) % 2 or 2) :]]


def test_dates_are_links_in_a_named_landmark(desk: Client) -> None:
    dated(*(datetime(2024, 3, day, tzinfo=UTC) for day in (1, 2)))
    html = desk.get(f"{ITEMS}?created_at__year=2024").content.decode()
    nav = re.search(r'<nav class="dates" aria-label="By date">(.*?)</nav>', html, re.DOTALL)[1]
    assert '<strong aria-current="true">2024</strong>' in nav
    assert 'March <span class="quiet">2</span></a>' in nav


@pytest.mark.parametrize(
    ("period", "end"),
    [
        (Period(2024), datetime(2025, 1, 1, tzinfo=UTC)),
        (Period(2024, 1), datetime(2024, 2, 1, tzinfo=UTC)),
        (Period(2024, 12), datetime(2025, 1, 1, tzinfo=UTC)),
        (Period(2024, 2, 29), datetime(2024, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_period_ends_where_the_next_begins(period: Period, end: datetime) -> None:
    assert period.end == end
