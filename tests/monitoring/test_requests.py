"""What is seen of a request: its id, its line in the log, and its metrics."""

import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as site_settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from genonaut.database.statements import Tally
from genonaut.monitoring import metrics
from genonaut.monitoring.log_formats import JSONFormatter, PlainFormatter, RequestContext
from genonaut.monitoring.middleware import WatchRequests
from genonaut.monitoring.publishing import publish
from genonaut.monitoring.request_ids import request_id
from genonaut.monitoring.request_series import request_series
from tests.factories import ContentItemFactory
from users.models import User

ID = "X-Request-ID"


@pytest.fixture
def lines(settings: Settings) -> Iterator[list[logging.LogRecord]]:
    """The records of the site's log, as its handler passes them on."""
    settings.LOG_REQUESTS = True
    records: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Keep()
    handler.addFilter(RequestContext())
    logging.getLogger().addHandler(handler)
    yield records
    logging.getLogger().removeHandler(handler)


def of_requests(records: list[logging.LogRecord]) -> list[dict[str, object]]:
    """Return the fields of the lines of requests."""
    return [record.fields for record in records if record.name == "genonaut.requests"]


@pytest.mark.parametrize(
    ("sent", "is_trusted", "is_taken"),
    [
        ("0af7651916cd43dd8448eb211c80319c", True, True),
        ("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", True, True),
        ("0af7651916cd43dd8448eb211c80319c", False, False),
        ("", True, False),
        ("short", True, False),
        ("a" * 129, True, False),
        ("<script>alert(1)</script>", True, False),
        ("line\x0bbroken-line", True, False),
    ],
)
def test_the_id_of_a_trusted_proxy_is_taken_if_it_is_sane(
    settings: Settings, sent: str, is_trusted: bool, is_taken: bool
) -> None:
    settings.TRUST_X_REQUEST_ID = is_trusted
    seen = []
    watch = WatchRequests(lambda _request: (seen.append(request_id.get()), HttpResponse())[1])
    answer = watch(RequestFactory().get("/", headers={ID: sent}))
    assert answer[ID] == seen[0]
    assert (answer[ID] == sent) is is_taken
    assert is_taken or re.fullmatch("[0-9a-f]{32}", answer[ID])
    assert request_id.get() == ""


def test_problems_and_error_pages_of_each_face_name_their_request(
    client: Client, api: APIClient, alice: User, staff: User
) -> None:
    answers = [client.get("/?page=0"), client.get("/nowhere/"), client.get("/accounts/logout/")]
    client.force_login(staff)
    answers.append(client.get("/admin/content/nowhere/"))
    problems = [api.get("/api/v1/nowhere/", headers={"Accept": "application/json"}), api.get("/api/v1/users/me/")]
    assert [answer.status_code for answer in answers] == [400, 404, 405, 404]
    for answer in answers:
        assert f"<code>{answer[ID]}</code>" in answer.content.decode(), answer.request["PATH_INFO"]
    assert [problem.json()["request_id"] for problem in problems] == [problem[ID] for problem in problems]
    assert len({answer[ID] for answer in answers + problems}) == len(answers + problems)


def test_a_line_says_what_a_request_took_and_nothing_private(
    lines: list[logging.LogRecord], client: Client, alice: User, staff: User, client_of: Callable[[User], APIClient]
) -> None:
    item = ContentItemFactory(creator=alice)
    client.get("/?q=hushhush")
    client.force_login(alice)
    client.get(f"/content/{item.pk}/")
    client.force_login(staff)
    client.get("/accounts/me/")
    client.get("/albums/shared/hushhush/")
    token = Token.objects.create(user=alice)
    APIClient().get("/api/v1/content/?q=hushhush", headers={"Authorization": f"Token {token.key}"})
    said = of_requests(lines)
    assert [(line["method"], line["status"], line["viewer"]) for line in said] == [
        ("GET", 200, "anonymous"),
        ("GET", 200, "member"),
        ("GET", 200, "staff"),
        ("GET", 404, said[3]["viewer"]),
        ("GET", 200, "token"),
    ]
    assert (said[0]["route"], said[1]["route"]) == ("", "content/<int:pk>/")
    assert said[0]["queries"] > 0 and 0 < said[0]["database_ms"] < said[0]["ms"]
    everything = "\n".join(JSONFormatter().format(record) + PlainFormatter().format(record) for record in lines)
    secrets = ("hushhush", token.key, alice.email, f"/{item.pk}/")
    assert [secret for secret in secrets if secret in everything] == []


def test_a_line_says_how_a_list_was_read(lines: list[logging.LogRecord], client: Client, db: None) -> None:
    ContentItemFactory(title="Sea")
    first = client.get("/fragments/works/")
    client.get("/fragments/works/", headers={"If-None-Match": first["ETag"]})
    client.get("/fragments/works/?q=sea")
    client.get("/fragments/works/?q=sea&sort=match")
    client.get("/accounts/login/")
    assert [line["reading"] for line in of_requests(lines)] == ["ranked", "unchanged", "plain", "tiered", "none"]


def test_a_json_line_is_one_object_with_the_id_and_the_traceback(lines: list[logging.LogRecord]) -> None:
    def fail(_request: object) -> HttpResponse:
        try:
            raise ZeroDivisionError("by\nzero")
        except ZeroDivisionError:
            logging.getLogger("some.module").exception("It %s", "broke")
        return HttpResponse()

    answer = WatchRequests(fail)(RequestFactory().get("/"))
    broke, request = (JSONFormatter().format(record) for record in lines)
    assert (broke.count("\n"), request.count("\n")) == (0, 0)
    said = json.loads(broke)
    assert (said["message"], said["level"], said["request_id"]) == ("It broke", "ERROR", answer[ID])
    assert "ZeroDivisionError: by\nzero" in said["traceback"]
    assert json.loads(request)["status"] == 200
    plain = PlainFormatter("%(levelname)s %(message)s").format(lines[0])
    assert plain.splitlines()[0] == f"ERROR It broke [{answer[ID]}]"


def test_django_s_own_lines_name_the_route_and_not_the_path(
    lines: list[logging.LogRecord], client: Client, db: None
) -> None:
    client.get("/hushhush/")
    client.get("/hushhush/é/")
    client.get("/?min_quality=hushhush&sort=hushhush&page=hushhush")
    client.get("/accounts/logout/")
    texts = [record.getMessage() for record in lines if record.name == "django.request"]
    assert texts[0] == "Not Found: no route"
    assert "Method Not Allowed: accounts/logout/" in texts
    assert not any("hushhush" in text for text in texts)
    assert [record for record in lines if not record.request_id] == []


def series() -> int:
    """Return how many series the process has."""
    publish()
    return sum(len(metric.samples) for metric in metrics.REGISTRY.collect())


def value(name: str, **labels: str) -> float:
    """Return the value of a series of this process; 0 if it has none."""
    publish()
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def test_requests_are_counted_by_view_method_status_and_reading(client: Client, db: None) -> None:
    labels = {"endpoint": "content:gallery", "method": "GET", "status": "200"}
    timed = {"endpoint": "content:gallery", "reading": "ranked"}
    counted, observed = value("genonaut_requests_total", **labels), value("genonaut_request_seconds_count", **timed)
    statements = value("genonaut_request_statements_total", endpoint="content:gallery")
    ContentItemFactory()
    client.get("/")
    assert value("genonaut_requests_total", **labels) == counted + 1
    assert value("genonaut_request_seconds_count", **timed) == observed + 1
    assert value("genonaut_request_statements_total", endpoint="content:gallery") > statements
    assert value("genonaut_requests_under_way") == 0


def test_gauges_are_of_the_moment_that_is_asked_for(db: None) -> None:
    seen = []
    watch = WatchRequests(lambda _request: (seen.append(value("genonaut_requests_under_way")), HttpResponse())[1])
    watch(RequestFactory().get("/"))
    assert (seen, value("genonaut_requests_under_way")) == ([1.0], 0.0)
    connection.ensure_connection()
    in_use = value("genonaut_pool_connections", database="default", state="in_use")
    assert in_use == connection.pool.in_use > 0
    assert value("genonaut_pool_size", database="default") == connection.pool.max_size


def test_slow_requests_are_in_the_buckets_of_their_seconds() -> None:
    series = request_series("bucketed", "GET", 200, "none")
    for seconds in (0.005, 0.006, 11):
        series.add(seconds, Tally())
    bounds = {
        bound: value("genonaut_request_seconds_bucket", endpoint="bucketed", reading="none", le=bound)
        for bound in ("0.005", "0.01", "10.0", "+Inf")
    }
    assert bounds == {"0.005": 1, "0.01": 2, "10.0": 2, "+Inf": 3}
    assert value("genonaut_request_seconds_sum", endpoint="bucketed", reading="none") == 11.011
    assert metrics.REGISTRY.get_sample_value("genonaut_request_statements_total", {"endpoint": "bucketed"}) is None


def test_the_record_of_a_request_has_what_records_have(lines: list[logging.LogRecord]) -> None:
    WatchRequests(lambda _request: HttpResponse())(RequestFactory().get("/"))
    logging.getLogger("another").warning("Look")
    request, another = (vars(record) for record in lines)
    assert set(request) == set(another) | {"fields"}
    same = ("process", "processName", "thread", "threadName")
    assert [request[name] for name in same] == [another[name] for name in same]
    assert 0 <= another["created"] - request["created"] < 60
    assert 0 <= request["relativeCreated"] <= another["relativeCreated"]


def test_addresses_and_methods_that_clients_think_of_add_no_series() -> None:
    watch = WatchRequests(lambda _request: HttpResponse(status=404))
    factory = RequestFactory()
    for method in ("BREW", "GET"):
        watch(factory.generic(method, "/"))
    before = series()
    for number in range(10_000):
        watch(factory.generic(f"BREW{number}" if number % 7 == 0 else "GET", f"/{number}/?q={number}"))
    assert series() == before


def test_answers_of_503_are_counted_by_their_cause(client: Client, api: APIClient, settings: Settings) -> None:
    before = value("genonaut_unavailable_total", cause="streams")
    assert site_settings.MIDDLEWARE[0] == "genonaut.monitoring.middleware.WatchRequests"
    answer = HttpResponse(status=503)
    answer.cause = "streams"
    WatchRequests(lambda _request: answer)(RequestFactory().get("/"))
    assert value("genonaut_unavailable_total", cause="streams") == before + 1
