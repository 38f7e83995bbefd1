"""What operators are told of replicas, by real servers."""

import os
import subprocess
import sys
import time

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
from tests.replicas import Cluster, Node
from tests.replication.conftest import METRICS_TOKEN, Site, until


def connecting(node: Node, alias: str, *, is_primary: bool = False) -> Watched:
    """Return what looks at a server."""
    return Watched(alias, lambda: SiteConnection.connect(node.url, autocommit=True), is_primary=is_primary)


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
        far.pause()
        cluster.primary.ask("UPDATE genonaut_primarystart SET number = number")
        behind = time.monotonic()
        until(lambda: watch.lag("far") > 1.5)
        assert watch.lag("far") <= time.monotonic() - behind + 3
        until(lambda: watch.lag("near") < 1)
        settings.REPLICA_LAG_SECONDS = 1.4
        assert (clusters.is_near("far"), clusters.choose(request)) == (False, "near")
        assert watch.replicas["none"].problem == "it takes changes: it is no replica"
        assert watch.reachable()[0] == "near"
        seen = {(sample.gauge, *sample.labels): sample.value for sample in gauges.samples()}
        assert [seen[gauges.UP, name] for name in ("near", "far", "none")] == [1, 1, 0]
        assert (seen[gauges.LAG, "far"] > 1.4, (gauges.LAG, "none") in seen) == (True, False)
        panel = {fact.name: (fact.value, fact.is_warning) for fact in status.replicas_panel().facts}
        assert [panel[name][1] for name in ("near", "far", "none")] == [False, True, True]
        assert panel["far"][0].startswith("not read: ") and panel["far"][0].endswith(" s behind at most")
        assert panel["none"][0] == "not read: it takes changes: it is no replica"
    finally:
        watch.stop()
        far.resume()


def test_metrics_and_the_page_of_operators_tell_of_each_replica(site: Site) -> None:
    token = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    lines = site.viewer().get("/metrics", headers=token).text.splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if line.startswith("genonaut_replica_"))
    names = [f'genonaut_replica_up{{database="replica_{number}"}}' for number in (1, 2)]
    assert [values[name] for name in names] == ["1.0", "1.0"]
    assert all(float(values[name.replace("_up", "_lag_seconds")]) < 60 for name in names)
    name, _ = site.member()
    site.cluster.primary.ask("UPDATE users_user SET is_staff = true, is_superuser = true WHERE username = %s", name)
    browser = site.browser(name)
    page = browser.get("/admin/genonaut/sitestatus/").text
    assert page.count("s behind at most") == 2


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


def fill_page(primary: Node) -> None:
    """Write records until one ends exactly where a page of the log does."""
    place = "SELECT mod((pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint, current_setting('wal_block_size')::int)"
    for _ in range(20):
        left = primary.ask("SELECT current_setting('wal_block_size')::int") - primary.ask(place)
        # Such a record is 60 bytes, of which some fill it up to a multiple of 8, and its text.
        primary.ask("SELECT pg_logical_emit_message(false, '', repeat('x', %s), true)", left - 60 if left > 400 else 1)
        if primary.ask(place) in (24, 40):
            return
    raise AssertionError("no record ended where a page does")


def test_a_position_at_the_end_of_a_page_is_reached_without_another_record(cluster: Cluster) -> None:
    with SiteConnection.connect(cluster.primary.url, autocommit=True) as connection:
        note_start(connection)
        fill_page(cluster.primary)
        number, position = connection.execute(POSITION).fetchone()
    cluster.catch_up()
    for replica in cluster.replicas:
        with SiteConnection.connect(replica.url, autocommit=True) as connection:
            later, now = ({"number": number, "position": end} for end in (position + 1, position))
            assert connection.execute(REACHED, now).fetchone() == (True,)
            assert connection.execute(REACHED, later).fetchone() == (False,)


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
