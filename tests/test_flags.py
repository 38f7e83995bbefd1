"""The switches: on unless a row says off, turned while the site runs, known to every process within seconds."""

import ast
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from genonaut import flags
from genonaut.flags import Flag, Switch
from tests.factories import UserFactory
from tests.processes import database_url
from users.models import User

LIST = "/admin/waffle/switch/"


@pytest.fixture
def rows(db: None) -> dict[str, Switch]:
    """The rows that the migration makes; tests that commit have emptied the table since."""
    import_module("genonaut.migrations.0001_switches").create_switches(apps, connection.schema_editor())
    return {switch.name: switch for switch in Switch.objects.all()}


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    """A browser in which a superuser is signed in."""
    client.force_login(staff)
    return client


def states() -> dict[str, bool]:
    """Return the state of each switch, read anew."""
    flags.forget()
    return {flag: flags.is_on(flag) for flag in Flag}


# --- What a switch is


NAMES = [
    "ranked_pages",
    "cursor_pagination",
    "json_from_database",
    "prefetching",
    "infinite_scroll",
    "generation",
    "changes",
]


def test_there_are_seven() -> None:
    assert list(Flag) == NAMES
    assert flags.NOTES.keys() == set(Flag)


def test_without_rows_all_are_on(db: None) -> None:
    Switch.objects.all().delete()
    assert set(states().values()) == {True}


@pytest.mark.parametrize("flag", Flag)
def test_a_switch_turned_off_is_off_alone_and_can_be_turned_on_again(db: None, flag: Flag) -> None:
    flags.turn(flag, is_on=False)
    assert [name for name, is_on in states().items() if not is_on] == [flag]
    flags.turn(flag, is_on=True)
    assert set(states().values()) == {True}


def test_a_switch_turned_is_known_at_once_where_it_was_turned(db: None) -> None:
    assert flags.is_on(Flag.RANKED_PAGES)
    flags.turn(Flag.RANKED_PAGES, is_on=False)
    assert not flags.is_on(Flag.RANKED_PAGES)


def test_turning_a_switch_dates_it(rows: dict[str, Switch]) -> None:
    flags.turn(Flag.RANKED_PAGES, is_on=False)
    assert Switch.objects.get(name="ranked_pages").modified > rows["ranked_pages"].modified


def test_the_migration_gives_each_a_row_that_is_on_and_says_what_it_does(rows: dict[str, Switch]) -> None:
    assert {name: (row.active, row.note) for name, row in rows.items()} == {
        flag.value: (True, flags.NOTES[flag]) for flag in Flag
    }


def test_waffle_itself_takes_an_absent_row_for_on_too(db: None) -> None:
    assert Switch.get("no_such_row").is_active() is True


def test_nothing_but_flags_knows_waffle() -> None:
    root = settings.BASE_DIR
    importers = {
        str(path.relative_to(root))
        for app in apps.get_app_configs()
        if Path(app.path).is_relative_to(root) and ".venv" not in Path(app.path).parts
        for path in Path(app.path).rglob("*.py")
        if "waffle" in (code := path.read_text())
        for node in ast.walk(ast.parse(code))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "waffle")
        or (isinstance(node, ast.Import) and any(name.name.split(".")[0] == "waffle" for name in node.names))
    }
    assert importers == {"genonaut/flags.py"}


# --- What asking costs


def test_asking_takes_one_query_for_all_and_then_none(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    flags.forget()
    with django_assert_num_queries(1):
        for _ in range(3):
            assert [flags.is_on(flag) for flag in Flag] == [True] * len(Flag)


def test_what_is_remembered_is_read_anew_after_its_seconds(db: None) -> None:
    flags.remember(frozenset(), seconds=60)
    Switch.objects.update_or_create(name="ranked_pages", defaults={"active": False})
    assert flags.is_on(Flag.RANKED_PAGES)
    flags.remember(frozenset(), seconds=0.1)
    end = time.monotonic() + 20
    while flags.is_on(Flag.RANKED_PAGES) and time.monotonic() < end:
        pass
    assert not flags.is_on(Flag.RANKED_PAGES)


def test_it_is_remembered_for_a_few_seconds_only() -> None:
    assert 0 < flags.SECONDS <= 5


# --- Command line


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("waffle_switch", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("extra", [[], ["--create"]])
def test_the_command_turns_a_switch_off_and_on(db: None, extra: list[str]) -> None:
    Switch.objects.all().delete()
    assert run("cursor_pagination", "off", *extra) == (
        "cursor_pagination is off; every running process knows within seconds.\n"
    )
    assert not states()["cursor_pagination"]
    run("cursor_pagination", "on", *extra)
    assert states()["cursor_pagination"]


def test_the_command_lists_the_switches(db: None) -> None:
    flags.turn(Flag.JSON_FROM_DATABASE, is_on=False)
    flags.remember(frozenset(), seconds=None)
    expected = "".join(f"{name}: {'off' if name == 'json_from_database' else 'on'}\n" for name in NAMES)
    assert run("--list") == expected
    assert run() == expected


def test_the_command_refuses_a_switch_that_is_none(db: None) -> None:
    before = Switch.objects.count()
    for extra in ([], ["--create"]):
        with pytest.raises(CommandError, match="choose from 'ranked_pages', 'cursor_pagination', 'json_from_database'"):
            run("ranked_page", "off", *extra)
    assert Switch.objects.count() == before


@pytest.mark.parametrize("arguments", [["ranked_pages"], ["ranked_pages", "maybe"]])
def test_the_command_wants_on_or_off(db: None, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="on"):
        run(*arguments)
    assert states()["ranked_pages"]


# --- Admin


def test_the_admin_lists_the_switches_with_what_each_does(desk: Client, rows: dict[str, Switch]) -> None:
    Switch.objects.create(name="left_over", active=True)
    response = desk.get(LIST)
    assert [row.name for row in response.context["cl"].result_list] == sorted(Flag)
    html = response.content.decode()
    assert all(note.split(".")[0] in html.replace("&#x27;", "'") for note in flags.NOTES.values())
    assert "unsafe-inline" not in response["Content-Security-Policy"]


@pytest.mark.parametrize(("action", "expected"), [("turn_off", False), ("turn_on", True)])
def test_an_action_turns_the_ticked_switches_and_is_put_on_record(
    desk: Client, rows: dict[str, Switch], action: str, expected: bool
) -> None:
    for flag in Flag:
        flags.turn(flag, is_on=not expected)
    ticked = [rows["ranked_pages"].pk, rows["json_from_database"].pk]
    response = desk.post(LIST, {"action": action, "_selected_action": ticked}, follow=True)
    assert states() == {
        "ranked_pages": expected,
        "cursor_pagination": not expected,
        "json_from_database": expected,
        "prefetching": not expected,
        "infinite_scroll": not expected,
        "generation": not expected,
        "changes": not expected,
    }
    state = "on" if expected else "off"
    assert f"Now {state}: json_from_database, ranked_pages." in response.content.decode()
    record = LogEntry.objects.values_list("object_id", "change_message", "user__username")
    assert set(record) == {(str(pk), f"Turned {state}.", "stella") for pk in ticked}


def test_the_form_turns_a_switch_keeps_the_reason_and_no_other_name(desk: Client, rows: dict[str, Switch]) -> None:
    flags.is_on(Flag.RANKED_PAGES)
    pk = rows["ranked_pages"].pk
    sent = {"note": "Off since the disk filled up.", "name": "renamed"}  # a tick box left empty is not sent
    assert desk.post(f"{LIST}{pk}/change/", sent).status_code == 302
    assert not flags.is_on(Flag.RANKED_PAGES)
    row = Switch.objects.get(pk=pk)
    assert (row.name, row.active, row.note) == ("ranked_pages", False, "Off since the disk filled up.")


def test_no_switch_can_be_added_or_deleted(desk: Client, rows: dict[str, Switch]) -> None:
    pk = rows["ranked_pages"].pk
    assert desk.get(f"{LIST}add/").status_code == 403
    assert desk.post(f"{LIST}{pk}/delete/", {"post": "yes"}).status_code == 403
    desk.post(LIST, {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})
    assert Switch.objects.filter(pk=pk).exists()


def test_waffles_flags_and_samples_have_no_pages(desk: Client) -> None:
    assert desk.get("/admin/waffle/flag/").status_code == 404
    assert desk.get("/admin/waffle/sample/").status_code == 404


@pytest.mark.parametrize(
    ("permissions", "looking", "turning"),
    [([], 403, 403), (["view_switch"], 200, 403), (["view_switch", "change_switch"], 200, 302)],
)
def test_staff_needs_permission(
    client: Client, rows: dict[str, Switch], permissions: list[str], looking: int, turning: int
) -> None:
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(clerk)
    pk = rows["ranked_pages"].pk
    assert client.get(LIST).status_code == looking
    assert client.post(f"{LIST}{pk}/change/", {"note": ""}).status_code == turning
    assert states()["ranked_pages"] is (turning == 403)


def test_staff_that_may_only_look_is_offered_no_action(client: Client, rows: dict[str, Switch]) -> None:
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_switch"))
    client.force_login(clerk)
    client.post(LIST, {"action": "turn_off", "_selected_action": [rows["ranked_pages"].pk]})
    assert states()["ranked_pages"]


def test_nobody_but_staff_sees_switches(client: Client, alice: User) -> None:
    assert client.get(LIST).status_code == 302
    client.force_login(alice)
    assert client.get(LIST).status_code == 302


# --- As it is really run: two workers of gunicorn

# An application that says which worker answers, slowly enough for both to be asked, and how it sees a switch, which it
# remembers for less time than the site's own.
WORKER_APP = """
import os, time
import genonaut.wsgi
from genonaut import flags

flags.SECONDS = 0.2

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    time.sleep(0.02)
    return [f"{os.getpid()} {flags.is_on(flags.Flag.RANKED_PAGES)}".encode()]
"""


@pytest.fixture
def workers(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """The address of two gunicorn workers."""
    (tmp_path / "worker_app.py").write_text(WORKER_APP)
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", "127.0.0.1:0", "worker_app"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": database_url(), "WEB_WORKERS": "2", "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process.stdout.readline().removeprefix("Genonaut is at ").split(" ")[0]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)


def seen_by(address: str) -> set[tuple[str, str]]:
    """Return which workers answer, and how each sees the switch."""

    def ask(_number: int) -> tuple[str, str]:
        with urlopen(address, timeout=300) as answer:  # noqa: S310 - http, our own
            pid, is_on = answer.read().decode().split()
        return pid, is_on

    with ThreadPoolExecutor(8) as pool:
        return set(pool.map(ask, range(32)))


def until_all_see(address: str, state: str) -> float:
    """Wait until two workers answer and all see the switch so; return the seconds it took."""
    began = time.monotonic()
    while time.monotonic() - began < 300:
        seen = seen_by(address)
        if len({pid for pid, _ in seen}) == 2 and {is_on for _, is_on in seen} == {state}:
            break
    return time.monotonic() - began


def test_running_workers_follow_the_command_and_the_admin(workers: str) -> None:
    assert until_all_see(workers, "True") < 300
    run("ranked_pages", "off")
    assert until_all_see(workers, "False") < 300
    desk = Client()
    desk.force_login(UserFactory(is_staff=True, is_superuser=True))
    pk = Switch.objects.get(name="ranked_pages").pk
    assert desk.post(LIST, {"action": "turn_on", "_selected_action": [pk]}).status_code == 302
    assert until_all_see(workers, "True") < 300
