"""What viewers see while replicas are behind, away, or alone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import httpx
import psycopg

from tests.replicas import Node
from tests.replication.conftest import STRANGERS, Site, at, until

LIST = "/api/v1/content/"
FAR = 2**62


def titles(viewer: httpx.Client, query: str = "", **options: object) -> list[str]:
    """Return the titles of the newest works."""
    answer = viewer.get(f"{LIST}?{query}", **options)
    assert answer.status_code == 200, answer.text
    return [row["title"] for row in answer.json()["items"]]


def pause(site: Site, *numbers: int) -> None:
    """Let some replicas, or all of them, stand still."""
    for number in numbers or (0, 1):
        site.cluster.replicas[number].pause()


def test_each_viewer_reads_a_replica_and_sees_what_it_has(site: Site) -> None:
    before = titles(site.viewer())
    pause(site)
    site.add_work("Later")
    assert [titles(stranger) for stranger in site.strangers()] == [before] * len(STRANGERS)


def test_a_client_with_a_token_sees_its_own_changes_and_others_do_not_yet(site: Site) -> None:
    pause(site)
    _, member = site.member()
    assert member.get("/api/v1/users/me/").status_code == 200  # the token itself is not on a replica yet
    work = {"title": "Mine", "prompt": "mine", "content_type": "image"}
    made = member.post(LIST, json=work).json()
    assert (titles(member)[0], member.get(f"{LIST}{made['id']}/").status_code) == ("Mine", 200)
    assert "Mine" not in titles(site.viewer())
    assert member.patch(f"{LIST}{made['id']}/", json={"title": "Mine now"}).status_code == 200
    assert titles(member)[0] == "Mine now"
    site.cluster.replicas[0].resume()
    site.cluster.replicas[1].resume()
    site.cluster.catch_up()
    pause(site)
    site.add_work("Others'")
    assert titles(member)[0] == "Mine now"  # it reads a replica again


def test_a_browser_sees_its_own_changes_everywhere(site: Site) -> None:
    name, member = site.member()
    work = member.post(LIST, json={"title": "First", "prompt": "first", "content_type": "image"}).json()["id"]
    site.cluster.primary.ask("UPDATE users_user SET is_staff = true, is_superuser = true WHERE username = %s", name)
    site.cluster.catch_up()
    pause(site)
    browser = site.browser(name)
    assert name in browser.get("/accounts/me/").text
    page = f"/content/{work}/"
    assert site.post(browser, f"{page}like/", on="1").status_code in (302, 303)
    assert browser.get(f"/fragments/marks/?id={work}").json()["liked"] == [work]
    change = f"/admin/content/contentitem/{work}/change/"
    form = browser.get(change)
    assert form.status_code == 200
    assert member.patch(f"{LIST}{work}/", json={"title": "Second"}).status_code == 200
    assert site.post(browser, f"/content/{work}/privacy/", is_private="0").status_code == 303
    assert "Second" in browser.get("/admin/content/contentitem/").text
    picture = ("a.png", PNG, "image/png")
    csrf = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    sent = browser.post("/upload/", data=csrf, files={"file": picture})
    assert sent.status_code in (200, 302, 303), sent.text
    assert site.post(browser, "/accounts/logout/").status_code in (302, 303)
    assert browser.get("/accounts/me/").status_code == 302


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf500f0003860181"
    "5a2c47060000000049454e44ae426082"
)


def test_a_position_is_compared_on_the_replica_that_is_read(site: Site) -> None:
    """Of two replicas one has come so far: who reads the other is answered by the primary."""
    pause(site, 0)
    _, member = site.member()
    made = member.post(LIST, json={"title": "Here", "prompt": "here", "content_type": "image"})
    site.cluster.catch_up(site.cluster.replicas[1])
    position = site.cluster.primary.ask("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint")
    number = site.cluster.primary.ask("SELECT number FROM genonaut_primarystart")
    assert made.status_code == 201
    assert {"Here" in titles(stranger) for stranger in site.strangers()} == {True, False}
    site.cluster.primary.ask("SELECT pg_switch_wal()")
    site.cluster.catch_up(site.cluster.replicas[1])
    known = [site.viewer(sessionid=name, **at(number, position)) for name in STRANGERS]
    assert ["Here" in titles(viewer) for viewer in known] == [True] * len(STRANGERS)
    forged = at(number, position)["position"].replace(":", ":x")
    assert {"Here" in titles(site.viewer(sessionid=name, position=forged)) for name in STRANGERS} == {True, False}


def test_all_servers_give_a_list_one_etag_and_none_is_good_for_older_rows(site: Site) -> None:
    number = site.cluster.primary.ask("SELECT number FROM genonaut_primarystart")
    of_primary = site.viewer(**at(number, FAR))
    viewers = [*site.strangers(), of_primary]
    for path in (LIST, "/"):
        tags = {viewer.get(path).headers["ETag"] for viewer in viewers}
        assert len(tags) == 1, path
        (tag,) = tags
        assert {viewer.get(path, headers={"If-None-Match": tag}).status_code for viewer in viewers} == {304}
        pause(site)
        site.add_work(f"After {path}")
        assert of_primary.get(path, headers={"If-None-Match": tag}).status_code == 200
        assert site.viewer().get(path, headers={"If-None-Match": tag}).status_code == 304
        for replica in site.cluster.replicas:
            replica.resume()
        site.cluster.catch_up()


def test_a_page_pinned_to_a_moment_that_no_replica_has_reached_is_the_primary_s(site: Site) -> None:
    pause(site)
    site.add_work("Pinned")
    number = site.cluster.primary.ask("SELECT number FROM genonaut_primarystart")
    first = site.viewer(**at(number, FAR)).get(f"{LIST}?page_size=1").json()
    assert first["items"][0]["title"] == "Pinned"
    query = f"page_size=1&as_of={first['pagination']['as_of']}"
    assert [titles(stranger, query) for stranger in site.strangers()] == [["Pinned"]] * len(STRANGERS)
    assert "Pinned" not in titles(site.viewer())


def test_a_view_is_recorded_though_the_work_is_read_from_a_replica(site: Site) -> None:
    name, _ = site.member()
    work = site.add_work("Seen")
    browser = site.browser(name)
    site.cluster.catch_up()
    pause(site)
    site.cluster.primary.ask("UPDATE content_contentitem SET title = 'Changed' WHERE id = %s", work)
    page = browser.get(f"/content/{work}/")
    assert ("Seen" in page.text, "Changed" in page.text) == (True, False)
    views = "SELECT count(*) FROM interactions_interaction WHERE kind = 'view' AND content_id = %s"
    assert site.cluster.primary.ask(views, work) == 1
    # That is a change of hers: what she sees from now on holds it.
    assert "Changed" in browser.get(f"/content/{work}/").text


@contextmanager
def asking(site: Site) -> Iterator[list[int]]:
    """Ask for pages without a pause, as viewers of both replicas do; yield the statuses of the answers."""
    is_over, statuses = Event(), []

    def ask(viewers: list[httpx.Client]) -> None:
        while not is_over.is_set():
            statuses.extend(viewer.get(path).status_code for viewer in viewers for path in (LIST, "/"))

    strangers = site.strangers()
    with ThreadPoolExecutor() as threads:
        asked = [threads.submit(ask, strangers[number::2]) for number in range(2)]
        try:
            yield statuses
        finally:
            is_over.set()
    for one in asked:
        one.result()


def test_no_request_fails_while_replicas_go_and_come_back(site: Site) -> None:
    with asking(site) as statuses:
        for replica, how in zip(site.cluster.replicas, ("fast", "immediate"), strict=True):
            replica.stop(how)
        enough = len(statuses) + 2 * len(STRANGERS)
        until(lambda: len(statuses) > enough)
        for replica in site.cluster.replicas:
            replica.start()
    assert set(statuses) == {200}
    site.cluster.catch_up()


ENDED = "SELECT confl_lock FROM pg_stat_database_conflicts WHERE datname = current_database()"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND backend_type = 'client backend'"


LOCKED = "SELECT count(*) FROM pg_locks WHERE granted AND relation = %s::regclass AND mode = 'AccessExclusiveLock'"
# What another transaction has logged is written at a commit at the latest.
FLUSH = "SELECT pg_logical_emit_message(true, '', '')"


def replayed(site: Site, table: str) -> None:
    """Wait until each replica has a lock that the primary has."""
    site.cluster.primary.ask(FLUSH)
    until(lambda: all(replica.ask(LOCKED, table) for replica in site.cluster.replicas))


@contextmanager
def waiting_for_no_reader(*replicas: Node) -> Iterator[None]:
    """Let replicas end at once the readers that stand in the way of what they replay."""
    settings = ["ALTER SYSTEM SET max_standby_streaming_delay = 0", "ALTER SYSTEM RESET max_standby_streaming_delay"]
    for replica in replicas:
        replica.ask(settings[0])
        replica.ask("SELECT pg_reload_conf()")
        until(lambda replica=replica: replica.ask("SHOW max_standby_streaming_delay") == "0")
    try:
        yield
    finally:
        for replica in replicas:
            replica.ask(settings[1])
            replica.ask("SELECT pg_reload_conf()")


def test_a_read_that_replay_ended_is_answered_by_the_primary(site: Site) -> None:
    """A reader of each replica holds a lock and waits for another; the primary then takes the first for itself."""
    replicas, ways = site.cluster.replicas, [(viewer, path) for viewer in site.strangers() for path in (LIST, "/")]
    before = sum(replica.ask(ENDED) for replica in replicas)
    with waiting_for_no_reader(*replicas), ThreadPoolExecutor(len(ways)) as threads:
        with psycopg.connect(site.cluster.primary.url) as first, psycopg.connect(site.cluster.primary.url) as second:
            first.execute("LOCK TABLE users_user")
            replayed(site, "users_user")
            asked = [threads.submit(viewer.get, path) for viewer, path in ways]
            until(lambda: all(replica.ask(WAITING) for replica in replicas))
            second.execute("LOCK TABLE content_contentitem")
            site.cluster.primary.ask(FLUSH)
            until(lambda: sum(replica.ask(ENDED) for replica in replicas) > before + 1)
        answers = [answer.result() for answer in asked]
    assert [answer.text for answer in answers if answer.status_code != 200] == []


def test_while_the_primary_is_away_replicas_are_read_and_changes_are_refused(site: Site) -> None:
    name, member = site.member()
    browser = site.browser(name)
    number = site.cluster.primary.ask("SELECT number FROM genonaut_primarystart")
    site.cluster.catch_up()
    site.cluster.primary.stop("immediate")
    viewers = [*site.strangers(), member, browser, site.viewer(**at(number, FAR))]
    assert [viewer.get(path).status_code for path in (LIST, "/") for viewer in viewers] == [200] * 2 * len(viewers)
    refused = [
        member.post(LIST, json={"title": "No", "prompt": "no", "content_type": "image"}),
        site.post(browser, "/accounts/logout/"),
    ]
    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in refused] == [(503, "5")] * 2
    assert ["the site is read only" in answer.text for answer in refused] == [True, True]
    site.cluster.primary.start()
    until(lambda: member.patch("/api/v1/users/me/", json={"bio": "back"}).status_code < 500)
    # A position of an earlier start stands for what every replica has by now.
    site.wait_until_replicas_are_read()
    pause(site)
    site.add_work("After the start")
    assert "After the start" not in titles(site.viewer(**at(number, FAR)))
