"""Which replica a request may read, and what the switch `changes` refuses."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.test import Client, RequestFactory
from django.utils import timezone
from django.utils.connection import ConnectionDoesNotExist

from genonaut import flags
from genonaut.monitoring import gauges
from genonaut.monitoring.own_gauges import OWN_SOURCES
from genonaut.replicas import cluster, positions, routing
from genonaut.replicas import gauges as replica_gauges
from genonaut.replicas.settings import replicas_of
from genonaut.replicas.watching import Seen, Watch, Watched
from interactions.models import Interaction
from tests.factories import ContentItemFactory
from users.models import User

NOW = timezone.now()


def seen(at: float, number: int, position: int) -> Seen:
    """Return where a server was at a second."""
    return Seen(at, NOW + timedelta(seconds=at), number, position)


def watched(alias: str, *looks: Seen, problem: str = "") -> Watched:
    """Return a server that was looked at."""
    server = Watched(alias, connect=ConnectionError, problem=problem)
    server.seen.extend(looks)
    return server


def test_a_replica_holds_what_the_primary_had_at_the_last_position_that_it_passed() -> None:
    looks = [seen(1, 7, 100), seen(2, 7, 200), seen(3, 7, 300)]
    replicas = {
        "level": watched("level", seen(3.2, 7, 300)),
        "behind": watched("behind", seen(3.2, 7, 299)),
        "far": watched("far", seen(3.2, 7, 99)),
        "of an earlier start": watched("of an earlier start", seen(3.2, 6, 900)),
        "away": watched("away", seen(3.2, 7, 300), problem="refused"),
        "new": watched("new"),
    }
    watch = Watch(watched("the primary", *looks), list(replicas.values()))
    held = {alias: watch.holds_all_before(alias) for alias in replicas}
    assert held == {"level": looks[2], "behind": looks[1]} | dict.fromkeys(
        ["far", "of an earlier start", "away", "new"]
    )
    assert watch.reachable() == ["level", "behind", "far", "of an earlier start"]
    replicas["behind"].seen.append(seen(3.7, 7, 300))
    assert watch.holds_all_before("behind") == looks[2]
    watch.primary.seen.append(seen(4, 7, 300))
    assert watch.holds_all_before("behind") == watch.primary.last


def test_metrics_tell_of_replicas_while_the_primary_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    # The test has no access to the database, so that any query would fail.
    watch = Watch(watched("the primary", seen(1, 7, 300)), [watched("one", seen(1, 7, 300))])
    watch.stop()
    monkeypatch.setattr(replica_gauges, "WATCH", watch)
    monkeypatch.setattr(gauges, "SOURCES", {"replicas": replica_gauges.SOURCE, "server": OWN_SOURCES["server"]})
    gauges.forget()
    samples = [sample for family in gauges.families() for sample in family.samples]
    gauges.forget()
    values = {(sample.name, *sample.labels.values()): sample.value for sample in samples}
    assert values.pop(("genonaut_replica_lag_seconds", "one")) >= 0
    assert values == {
        ("genonaut_source_up", "replicas"): 1,
        ("genonaut_source_up", "server"): 0,
        ("genonaut_replica_up", "one"): 1,
    }


def test_a_position_that_a_replica_was_seen_past_is_asked_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "WATCH", Watch(watched("the primary"), [watched("one", seen(1, 7, 300))]))
    assert [positions.Position(*at).is_reached("one") for at in ((7, 300), (6, 900))] == [True, True]
    for further in ((7, 301), (8, 1)):
        with pytest.raises(ConnectionDoesNotExist):  # it is asked
            positions.Position(*further).is_reached("one")


def test_a_replica_has_a_pin_once_all_before_it_was_committed() -> None:
    pin = NOW.isoformat()
    assert [cluster.holds(seen(second, 1, 1), pin) for second in (1.9, 2.1)] == [False, True]
    assert [cluster.holds(None, text) for text in (pin, "", "no moment")] == [False, True, True]


def test_viewers_stay_with_their_replica_when_another_comes_or_goes() -> None:
    viewers = [f"viewer {number}" for number in range(300)]
    all_three = {viewer: cluster.favourite(["a", "b", "c"], viewer) for viewer in viewers}
    assert min(Counter(all_three.values()).values()) > 60
    without = {viewer: cluster.favourite(["a", "c"], viewer) for viewer in viewers}
    assert {viewer for viewer in viewers if without[viewer] != all_three[viewer]} == {
        viewer for viewer in viewers if all_three[viewer] == "b"
    }


def test_a_viewer_is_known_by_token_session_or_address(rf: RequestFactory) -> None:
    request = rf.get("/", REMOTE_ADDR="192.0.2.1")
    assert cluster.viewer_key(request) == "192.0.2.1"
    request.COOKIES["sessionid"] = "hers"
    assert cluster.viewer_key(request) == "hers"
    request.META["HTTP_AUTHORIZATION"] = "Token 1"
    assert cluster.viewer_key(request) == "Token 1"


def test_a_pin_is_found_in_queries_of_any_size(rf: RequestFactory) -> None:
    assert cluster.pin_of(rf.get("/?as_of=2026-01-01&page=2")) == "2026-01-01"
    assert cluster.pin_of(rf.get("/?as%5Fof=2026-01-01")) == "2026-01-01"
    assert cluster.pin_of(rf.get("/?page=2")) == ""
    assert cluster.pin_of(rf.get("/?as_of=2026-01-01" + "&a=1" * 1_101)) == ""


PRIMARY = {
    **{"ENGINE": "genonaut.database", "NAME": "p", "USER": "u", "PASSWORD": "secret", "HOST": "one", "PORT": "5432"},
    "OPTIONS": {"pool": {"max_size": 3}, "options": "-c jit=off", "connect_timeout": 2, "sslcert": "hers"},
}


def test_replicas_have_the_settings_of_the_primary_at_their_own_addresses() -> None:
    replicas = replicas_of(["postgresql://r@two:99/q?sslmode=require", "postgresql://three/q"], PRIMARY)
    assert list(replicas) == ["replica_1", "replica_2"]
    first = replicas["replica_1"]
    assert [first[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == ["q", "r", "", "two", 99]
    assert first["OPTIONS"] == {
        **{"pool": {"max_size": 3, "patience": 0}, "options": "-c jit=off", "connect_timeout": 2},
        "sslmode": "require",
    }
    assert first["OPTIONS"]["pool"] is not PRIMARY["OPTIONS"]["pool"]


@pytest.mark.parametrize("url", ["mysql://secret@host/x", "two", "postgresql://u:secret@host:port/x"])
def test_a_replica_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="REPLICA_URLS") as refused:
        replicas_of([url], PRIMARY)
    assert "secret" not in str(refused.value)


def test_outside_of_a_request_all_is_the_primary_s(db: None) -> None:
    before = connections["default"]
    with routing.on_primary():
        assert connections["default"] is before
    routing.end()
    assert (connections["default"], routing.current.get()) == (before, None)


@pytest.fixture
def closed(transactional_db: None) -> None:
    """The site takes no changes."""
    flags.remember(frozenset({flags.Flag.CHANGES}), seconds=None)


def test_while_the_switch_is_off_all_that_changes_something_is_refused(closed: None, staff: User) -> None:
    item = ContentItemFactory()
    client = Client(raise_request_exception=False)
    client.force_login(staff)
    changes = [
        client.post(f"/content/{item.pk}/like/", {"on": "1"}),
        client.delete(f"/api/v1/content/{item.pk}/"),
        client.post("/api/v1/content/", {"title": "New"}, content_type="application/json"),
        client.post(f"/admin/content/contentitem/{item.pk}/delete/", {"post": "yes"}),
        Client(raise_request_exception=False).post("/accounts/login/", {"username": "a", "password": "b"}),
    ]
    assert [(change.status_code, change["Retry-After"]) for change in changes] == [(503, "5")] * len(changes)
    assert ["the site is read only" in change.content.decode() for change in changes] == [True] * len(changes)
    reads = [
        "/",
        f"/content/{item.pk}/",
        "/api/v1/content/",
        "/admin/content/contentitem/",
        "/accounts/login/",
        "/for-you/",
    ]
    assert [client.get(path).status_code for path in reads] == [200] * len(reads)
    assert Interaction.objects.count() == 0


def test_the_switch_itself_can_be_turned_on_again(closed: None, staff: User) -> None:
    flags.turn(flags.Flag.CHANGES, is_on=False)
    client = Client()
    client.force_login(staff)
    row = flags.Switch.objects.get(name="changes")
    answer = client.post("/admin/waffle/switch/", {"action": "turn_on", "_selected_action": [row.pk]})
    assert (answer.status_code, flags.is_on(flags.Flag.CHANGES)) == (302, True)
