"""`manage.py check --database default` tells what stands before the server, and which limits do not reach it."""

import re
from collections import Counter

import pytest
from django.conf import settings as site_settings
from pytest_django.fixtures import Settings

from genonaut.database.checks import check_site_connection
from genonaut.database.connections import SiteConnection
from tests.pgbouncer import PgBouncer
from tests.processes import database_url


def found(url: str, settings: Settings, *, direct: str | None = None) -> list[str]:
    """Return the ids of what the check says of an address."""
    settings.DATABASE_URL, settings.DATABASE_DIRECT_URL = url, direct or url
    return [message.id for message in check_site_connection(databases=["default"])]


def test_no_two_messages_have_one_id() -> None:
    modules = (site_settings.BASE_DIR / "genonaut").rglob("*.py")
    ids = Counter(name for path in modules for name in re.findall(r'id="(genonaut\.\w+)"', path.read_text()))
    assert ids["genonaut.W020"] == 1
    assert {name: count for name, count in ids.items() if count > 1} == {}


def test_there_is_nothing_to_say_of_a_server_without_a_pooler(db: None, settings: Settings) -> None:
    assert found(database_url(), settings) == []


def test_a_pooler_that_hands_on_no_limits_is_told_with_how_to_mend_it(pooler: PgBouncer, settings: Settings) -> None:
    assert [name for name in found(pooler.url, settings) if name != "genonaut.W012"] == [
        "genonaut.W011",
        "genonaut.W013",
        "genonaut.I010",
    ]
    hints = [message.hint for message in check_site_connection(databases=["default"]) if message.id == "genonaut.W011"]
    assert "connect_query='SET statement_timeout=10000; SET jit=off'" in hints[0]


def test_the_recipe_leaves_nothing_to_mend(db: None, settings: Settings) -> None:
    query = "SET statement_timeout=10000; SET jit=off"
    with PgBouncer(database_url(), connect_query=query, ignore_startup_parameters="options") as running:
        assert found(running.url, settings, direct=database_url()) == ["genonaut.I010"]


def test_a_pooler_that_refuses_our_settings_is_connected_to_without_them(db: None, settings: Settings) -> None:
    with PgBouncer(database_url()) as running:
        assert "genonaut.W010" not in found(running.url, settings)
        theirs = f"{running.url}&options=-c%20search_path%3Dpublic"
        assert found(theirs, settings) == ["genonaut.W010"]  # what the operator asks for is not left out silently


def test_what_the_url_asks_for_comes_on_top_of_ours(db: None) -> None:
    options = "-c jit=off -c statement_timeout=10000 -c application_name=theirs -c statement_timeout=7000"
    with SiteConnection.connect(database_url(), options=options) as connection:
        assert (connection.facts.statement_timeout, connection.facts.is_jit_on) == (7000, False)
        assert connection.execute("SHOW application_name").fetchone() == ("theirs",)


def test_an_address_without_a_server_is_told_as_such(settings: Settings) -> None:
    assert found("postgresql://nobody@127.0.0.1:9/nothing", settings) == ["genonaut.W010"]


@pytest.mark.parametrize("databases", [None, [], ["other"]])
def test_without_a_database_nothing_is_asked(databases: list[str] | None) -> None:
    assert check_site_connection(databases=databases) == []
