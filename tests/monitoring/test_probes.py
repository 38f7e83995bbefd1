"""/healthz, /readyz and /metrics: whom they answer, and what."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django.fixtures import Settings

from genonaut import flags
from genonaut.assets.storage import BUILD_NAME
from genonaut.monitoring import gauges, readiness
from genonaut.monitoring.gauges import SOURCES, Gauge, Sample, Source
from tests.factories import ContentItemFactory
from tests.statements import statements_run

TOKEN = "a-token-of-operators"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read everything again in each test, and in none after some seconds."""
    monkeypatch.setattr(gauges._remembered, "_seconds", 600)
    readiness.forget()
    gauges.forget()
    yield
    readiness.forget()
    gauges.forget()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_answered_by_address_without_https_and_take_get_alone(
    db: None, client: Client, settings: Settings, path: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.METRICS_TOKEN = TOKEN
    for method, code in (("get", 200), ("head", 200), ("post", 405), ("delete", 405)):
        answer = getattr(client, method)(path, headers={**OPERATOR, "Host": "10.1.2.3:8000"})
        assert (answer.status_code, answer["Cache-Control"]) == (code, "no-store"), method
        assert (answer.content == b"") is (method != "get")
        assert not answer.cookies


def test_health_asks_no_database(client: Client) -> None:
    # The test has no access to the database, so that any query would fail.
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_site_is_ready_and_tells_strangers_no_details(
    db: None, client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr(readiness._remembered, "_seconds", 600)
    checks = {"database": "ok", "migrations": "ok", "writes": "ok", "static_files": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "checks": checks})
    details = client.get("/readyz", headers=OPERATOR).json()["details"]
    assert details["is_pooled"] is False
    assert details["statements_are_limited_by"] in ("server", "process")
    with statements_run() as texts:
        client.get("/readyz")
    assert texts == []  # it was read a moment ago


def test_what_is_missing_makes_a_site_unready(
    db: None, client: Client, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STATIC_ROOT = tmp_path
    assert client.get("/readyz").json()["checks"]["static_files"] == "not collected"
    MigrationRecorder.Migration.objects.filter(app="content", name="0043_build_rankings").delete()
    readiness.forget()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "1 to be applied")
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    readiness.forget()
    assert client.get("/readyz").json()["checks"]["writes"] == "read only"


def test_static_files_of_another_version_make_a_site_unready(
    db: None, client: Client, settings: Settings, tmp_path: Path
) -> None:
    for name in ("staticfiles.json", BUILD_NAME):
        shutil.copy(settings.STATIC_ROOT / name, tmp_path)
    settings.STATIC_ROOT = tmp_path
    assert client.get("/readyz").json()["checks"]["static_files"] == "ok"
    (tmp_path / BUILD_NAME).write_text("another")
    settings.STATIC_ROOT = str(tmp_path)  # as a process that starts reads it
    readiness.forget()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["static_files"]) == (503, "not collected")


def test_a_site_that_is_read_only_is_ready() -> None:
    checks = {"database": "ok", "migrations": "ok", "static_files": "ok", "writes": "read only"}
    found = readiness.Readiness(checks, {})
    assert (found.is_ready, found._replace(checks={**checks, "database": "busy"}).is_ready) == (True, False)


def test_the_switch_that_forbids_changes_is_told(db: None, client: Client) -> None:
    flags.turn(flags.Flag.CHANGES, is_on=False)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["writes"]) == (200, "read only")


@pytest.fixture
def away(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the database be one that nothing listens for."""
    gone = connection.copy(alias="away")
    gone.settings_dict = {**gone.settings_dict, "HOST": "127.0.0.1", "PORT": "1"}
    monkeypatch.setattr(readiness, "connection", gone)
    yield
    gone.close()
    gone.close_pool()


def test_a_site_whose_primary_is_away_is_ready_if_replicas_answer(
    away: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "database_away")
    readiness.forget()
    monkeypatch.setattr(readiness, "READS_GO_ON", [lambda: True])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["writes"]) == (200, "read only")


def test_the_migrations_of_this_build_are_those_that_django_loads() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    assert readiness.known_migrations() == loader.disk_migrations.keys()


@pytest.mark.parametrize(
    ("token", "sent", "code"),
    [
        ("", "", 404),
        ("", f"Bearer {TOKEN}", 404),
        ("", "Bearer ", 404),
        (TOKEN, "", 401),
        (TOKEN, "Bearer wrong", 401),
        (TOKEN, f"Basic {TOKEN}", 401),
        (TOKEN, f"Bearer {TOKEN}é", 401),
        (TOKEN, f"bearer {TOKEN}", 200),
    ],
)
def test_metrics_are_for_those_who_have_the_token(
    db: None, client: Client, settings: Settings, token: str, sent: str, code: int
) -> None:
    settings.METRICS_TOKEN = token
    answer = client.get("/metrics", headers={"Authorization": sent})
    assert answer.status_code == code
    assert (b"genonaut_requests_total" in answer.content) is (code == 200)


def test_metrics_hold_what_processes_count_and_what_the_database_says(
    db: None, client: Client, settings: Settings
) -> None:
    settings.METRICS_TOKEN = TOKEN
    ContentItemFactory()
    client.get("/")
    text = client.get("/metrics", headers=OPERATOR).content.decode()
    assert re.search(r'^genonaut_requests_total\{endpoint="content:gallery",.*\} [1-9]', text, re.MULTILINE)
    assert re.search(r'^genonaut_ranking_deltas\{model="content.ContentItem"\} [1-9]', text, re.MULTILINE)
    for name in SOURCES:
        assert f'genonaut_source_up{{source="{name}"}} 1.0' in text
    names = {gauge.name for source in SOURCES.values() for gauge in source.gauges}
    assert {name for name in names if f"# TYPE {name} gauge" not in text} == set()
    assert "_created" not in text
    with statements_run() as texts:
        client.get("/metrics", headers=OPERATOR)
    assert texts == []


def test_gauges_that_cannot_be_read_are_left_out(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[Sample]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        return []

    monkeypatch.setitem(SOURCES, "broken", Source((Gauge("genonaut_broken", "None."),), broken))
    sound = Source((Gauge("genonaut_sound", "Some.", ("kind",)),), lambda: [Sample("genonaut_sound", 7, ("a",))])
    monkeypatch.setitem(SOURCES, "sound", sound)
    families = {family.name: family.samples for family in gauges.families()}
    assert "genonaut_broken" not in families
    assert [(sample.labels, sample.value) for sample in families["genonaut_sound"]] == [({"kind": "a"}, 7)]
    up = {sample.labels["source"]: sample.value for sample in families["genonaut_source_up"]}
    assert (up["broken"], up["sound"], up["rankings"]) == (0, 1, 1)
