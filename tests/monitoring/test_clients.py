"""Counts that browsers send of their page caches, and the panel that shows traffic."""

import pytest
from django.test import Client
from prometheus_client import CollectorRegistry, Counter, Histogram
from pytest_django.fixtures import Settings

from genonaut.monitoring.metrics import SECONDS
from genonaut.status import traffic
from genonaut.status.panels import read_panel
from tests.monitoring.test_requests import value

ADDRESS = "/counts/page-cache/"


def hits() -> float:
    """Return how many hits were counted."""
    return value("genonaut_page_cache_events_total", event="hits")


def test_counts_are_added_without_session_token_or_query() -> None:
    # The test has no access to the database, so that any query would fail.
    before = hits()
    answer = Client(enforce_csrf_checks=True).post(ADDRESS, {"hits": "3", "misses": "1"})
    assert (answer.status_code, answer.content, hits()) == (204, b"", before + 3)
    assert not answer.cookies


@pytest.mark.parametrize(
    "form",
    [{"hits": "-1"}, {"hits": "100001"}, {"hits": "1e3"}, {"hits": "٣"}, {"hits": ""}, {"hits": "1", "user": "7"}],
)
def test_what_is_no_count_is_refused_as_a_whole(form: dict[str, str], db: None, client: Client) -> None:
    before = hits()
    assert client.post(ADDRESS, form).status_code == 400
    assert hits() == before


def test_other_sites_and_sites_that_want_none_are_refused(db: None, client: Client, settings: Settings) -> None:
    assert client.get(ADDRESS).status_code == 405
    assert client.post(ADDRESS, {"hits": "1"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert b"data-counts" in client.get("/accounts/login/").content
    settings.CLIENT_COUNTS = False
    assert client.post(ADDRESS, {"hits": "1"}).status_code == 404
    assert b"data-counts" not in client.get("/accounts/login/").content


def test_the_panel_sums_what_was_counted(db: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = CollectorRegistry()
    requests = Counter("genonaut_requests", ".", ("endpoint", "method", "status"), registry=registry)
    timed = Histogram("genonaut_request_seconds", ".", ("endpoint", "reading"), buckets=SECONDS, registry=registry)
    for status, count in ((200, 95), (500, 4), (503, 1)):
        requests.labels("content:gallery", "GET", status).inc(count)
    for number in range(100):
        timed.labels("content:gallery", "ranked" if number % 2 else "plain").observe(0.02 if number < 90 else 3.0)
    monkeypatch.setattr(traffic, "counted", lambda: list(registry.collect()))
    panel = read_panel("Traffic")
    assert panel.error == ""
    facts = {fact.name: fact for fact in panel.contents.facts}
    assert (facts["Requests"].value, facts["Faults (500)"].value, facts["Faults (500)"].is_warning) == (
        "100",
        "4",
        True,
    )
    tables = {table.name: table.rows for table in panel.contents.tables}
    assert tables["Views that take the most time"] == [("content:gallery", "100", "318 ms", "3,750 ms")]
    assert [row[:2] for row in tables["Ways of reading"]] == [("plain", "50"), ("ranked", "50")]
    assert tables["Answers by status"] == [("200", "95"), ("500", "4"), ("503", "1")]


def test_the_panel_of_a_site_that_was_not_asked_yet_is_empty(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "counted", list)
    panel = read_panel("Traffic")
    assert (panel.error, panel.contents.tables) == ("", [])
