"""What operators are told of replicas, by real servers."""

import os
import re
import subprocess
import sys
import time

import pytest
from django.conf import settings as site_settings
from django.test import RequestFactory
from pytest import MonkeyPatch
from pytest_django.fixtures import Settings

from genonaut.database.connections import SiteConnection
from genonaut.database.starts import note_start
from genonaut.replicas import cluster as clusters
from genonaut.replicas import gauges, status
from genonaut.replicas.positions import POSITION, REACHED
from genonaut.replicas.watching import Watch, Watched
from genonaut.status.panels import Fact
from tests.replicas import Cluster, Node
from tests.replication.conftest import METRICS_TOKEN, Site, until

END = "SELECT pg_current_wal_insert_lsn()::text"
METRIC = re.compile(r'genonaut_replica_(up|lag_seconds){database="replica_(\d)"} (.+)')


def connecting(node: Node, alias: str, *, is_primary: bool = False) -> Watched:
    """Return what looks at a server."""
    return Watched(alias, lambda: SiteConnection.connect(node.url, autocommit=True), is_primary=is_primary)


def gauges_say(up: list[int], *, late: str, unknown: str) -> bool:
    """Return whether the gauges say which of near, far and none are up, and of one that it is late."""
    seen = {(sample.gauge, *sample.labels): sample.value for sample in gauges.samples()}
    lag = seen.get((gauges.LAG, late), 0)
    ups = [seen.get((gauges.UP, name)) for name in ("near", "far", "none")]
    return ups == up and lag > 1.4 and (gauges.LAG, unknown) not in seen


def told_by_panel() -> dict[str, Fact]:
    """Return what the operators' page tells of each replica."""
    return {fact.name: fact for fact in status.replicas_panel().facts}


def panel_says(warnings: dict[str, bool]) -> bool:
    """Return whether the operators' page warns of these replicas, and says how far the others are behind."""
    told = told_by_panel()
    lags = [fact for fact in told.values() if fact.value.endswith(" s behind at most")]
    return {name: fact.is_warning for name, fact in told.items()} == warnings and len(lags) == 2


def test_lag_is_measured_and_a_replica_that_is_far_behind_is_not_read(
    cluster: Cluster, settings: Settings, monkeypatch: MonkeyPatch, rf: RequestFactory
) -> None:
    near, far = cluster.replicas
    cluster.catch_up()
    watch = Watch(
        connecting(cluster.primary, "primary", is_primary=True),
        [connecting(near, "near"), connecting(far, "far"), connecting(cluster.primary, "none")],
    )
    for module in (clusters, gauges, status):
        monkeypatch.setattr(module, "WATCH", watch)
    request = rf.get("/")
    try:
        watch.start()
        settings.REPLICA_LAG_SECONDS = 60
        until(lambda: clusters.is_near("near") and clusters.is_near("far"))
        looked_at = watch.primary.last.asked_at
        cluster.catch_up(far)
        far.pause()
        cluster.primary.ask("UPDATE genonaut_primarystart SET number = number")
        until(lambda: (watch.lag("far") or 0) > 1.5)
        assert watch.lag("far") <= time.monotonic() - looked_at
        settings.REPLICA_LAG_SECONDS = 1.4
        assert not clusters.is_near("far")
        # The threads that look may be late, and then no replica is known to be near.
        until(lambda: clusters.choose(request) == "near")
        until(lambda: watch.replicas["none"].problem == "it takes changes: it is no replica")
        until(lambda: watch.reachable()[:1] == ["near"])
        until(lambda: gauges_say([1, 1, 0], late="far", unknown="none"))
        until(lambda: panel_says({"near": False, "far": True, "none": True}))
        assert told_by_panel()["none"].value == "not read: it takes changes: it is no replica"
    finally:
        watch.stop()
        far.resume()


def test_metrics_and_the_page_of_operators_tell_of_each_replica(site: Site) -> None:
    until(lambda: replica_metrics(site) == {("up", "1"), ("up", "2"), ("lag_seconds", "1"), ("lag_seconds", "2")})
    name, _ = site.member()
    site.cluster.primary.ask("UPDATE users_user SET is_staff = true, is_superuser = true WHERE username = %s", name)
    browser = site.browser(name)
    until(lambda: browser.get("/admin/genonaut/sitestatus/").text.count("s behind at most") == 2)


def replica_metrics(site: Site) -> set[tuple[str, str]]:
    """Return the metrics of replicas that /metrics has, each with a replica's number; those that are up, and near."""
    lines = site.viewer().get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}).text.splitlines()
    values = [METRIC.fullmatch(line) for line in lines]
    right = {"up": lambda value: value == 1, "lag_seconds": lambda value: value < 60}
    return {(found[1], found[2]) for found in values if found and right[found[1]](float(found[3]))}


def test_the_start_of_the_primary_is_noted_once_and_reaches_its_replicas(cluster: Cluster) -> None:
    with SiteConnection.connect(cluster.primary.url, autocommit=True) as connection:
        note_start(connection)
        numbers = [cluster.primary.ask("SELECT number FROM genonaut_primarystart")]
        note_start(connection)
        connection.execute("UPDATE genonaut_primarystart SET started_at = now()")
        note_start(connection)
    numbers += [cluster.primary.ask("SELECT number FROM genonaut_primarystart")]
    assert numbers[1] == numbers[0] + 1
    cluster.catch_up()
    for replica in cluster.replicas:
        with SiteConnection.connect(replica.url, autocommit=True) as connection:
            note_start(connection)
        assert replica.ask("SELECT number FROM genonaut_primarystart") == numbers[1]


def fill_page(primary: Node, beyond: int) -> None:
    """Write records until one ends exactly where a page of the log does, or with so many bytes in the next."""
    place = "SELECT mod((pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint, current_setting('wal_block_size')::int)"
    for _ in range(20):
        left = primary.ask("SELECT current_setting('wal_block_size')::int") - primary.ask(place)
        # Such a record is 60 bytes, of which some fill it up to a multiple of 8, and its text.
        size = left + beyond - 60 if left > 400 else 1
        primary.ask("SELECT pg_logical_emit_message(false, '', repeat('x', %s), true)", size)
        # Behind the header of a page, which is longer in a new file.
        if primary.ask(place) in (24 + beyond, 40 + beyond):
            return
    raise AssertionError("no record ended there")


# A page's header and 16 bytes are as long as the header of a file's first page.
@pytest.mark.parametrize("beyond", [0, 16])
def test_a_position_at_the_end_of_a_record_is_reached_without_another_one(cluster: Cluster, beyond: int) -> None:
    with SiteConnection.connect(cluster.primary.url, autocommit=True) as connection:
        note_start(connection)
    for _ in range(20):
        with SiteConnection.connect(cluster.primary.url, autocommit=True) as connection:
            fill_page(cluster.primary, beyond)
            end = cluster.primary.ask(END)
            number, position = connection.execute(POSITION).fetchone()
        cluster.catch_up()
        now, later = ({"number": number, "position": place} for place in (position, position + 1))
        reached = [reached_by(replica, now) + reached_by(replica, later) for replica in cluster.replicas]
        assert all(is_there for is_there, _ in reached)
        if cluster.primary.ask(END) == end:  # the server notes its transactions in the log by itself, now and then
            break
    assert reached == [(True, False)] * len(cluster.replicas)


def reached_by(replica: Node, position: dict[str, int]) -> tuple[bool]:
    """Ask a replica whether it has replayed a position."""
    with SiteConnection.connect(replica.url, autocommit=True) as connection:
        return connection.execute(REACHED, position).fetchone()


def test_check_tells_which_replicas_are_none(cluster: Cluster) -> None:
    addresses = [
        cluster.replicas[0].url,
        cluster.primary.url,
        "postgresql://u@127.0.0.1:57299/x",
        os.environ["DATABASE_URL"],
    ]
    known = {"DATABASE_URL": cluster.primary.url, "REPLICA_URLS": " ".join(addresses)}
    command = [sys.executable, "manage.py", "check", "--database", "default"]
    environment = {**os.environ, **known, "DJANGO_SETTINGS_MODULE": "genonaut.settings"}
    checked = subprocess.run(
        command, cwd=site_settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )
    assert [part in checked.stderr for part in ("W020", "W021", "E020", "I020")] == [True, True, True, False]
    assert "replica_1" not in checked.stderr
