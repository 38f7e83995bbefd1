"""The operators' page: who sees it, what it says, and that a panel that fails leaves the others."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from genonaut.status.panels import PANELS, Chart, Contents, Fact, Panel, read_panel, read_panels
from tests.factories import UserFactory
from tests.statements import statements_run
from users.models import User

PAGE = "/admin/genonaut/sitestatus/"


def facts_of(panel: Panel) -> dict[str, Fact]:
    """Return a panel's facts by name."""
    return {fact.name: fact for fact in panel.contents.facts}


def test_staff_with_the_permission_and_superusers_see_the_page_and_find_it_in_the_index(
    client: Client, staff: User, alice: User
) -> None:
    operator = UserFactory(is_staff=True)
    operator.user_permissions.add(Permission.objects.get(codename="view_sitestatus"))
    for viewer, code in (
        (None, 302),
        (alice, 302),
        (UserFactory(is_staff=True), 403),
        (UserFactory(is_staff=True, is_superuser=True, is_active=False), 302),
        (operator, 200),
        (staff, 200),
    ):
        client.logout()
        if viewer is not None:
            client.force_login(viewer)
        assert client.get(PAGE).status_code == code, viewer
        assert (PAGE in client.get("/admin/").content.decode()) == (code == 200), viewer
    assert client.post(PAGE).status_code == 405
    assert client.get(f"{PAGE}add/").status_code == client.get(f"{PAGE}1/change/").status_code == 404


def test_every_panel_is_read_and_the_page_is_not_kept(client: Client, staff: User) -> None:
    client.force_login(staff)
    response = client.get(PAGE)
    assert [panel.error for panel in response.context["panels"]] == [""] * len(PANELS)
    assert "no-store" in response["Cache-Control"]
    html = response.content.decode()
    assert re.findall('<section class="module status-panel" id="([a-z-]+)"', html) == [
        panel.anchor for panel in response.context["panels"]
    ]
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", html)


def test_a_panel_that_fails_says_so_and_leaves_the_others(
    client: Client, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Contents:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        return Contents()

    monkeypatch.setitem(PANELS, "Broken", broken)
    monkeypatch.setitem(PANELS, "Later", lambda: Contents([Fact("Users", str(User.objects.count()))]))
    client.force_login(staff)
    response = client.get(PAGE)
    panels = {panel.title: panel for panel in response.context["panels"]}
    assert (panels["Broken"].error, panels["Later"].error) == ("DataError: division by zero", "")
    assert [panel.title for panel, fact in response.context["warnings"] if fact.value == panels["Broken"].error] == [
        "Broken"
    ]
    assert "DataError: division by zero" in response.content.decode()


def test_a_statement_that_takes_too_long_is_an_error_of_its_panel(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow() -> Contents:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")
        return Contents()

    monkeypatch.setattr("genonaut.status.panels.SECONDS", 0.2)
    monkeypatch.setitem(PANELS, "Slow", slow)
    assert read_panel("Slow").error


def test_a_chart_draws_every_number_but_nothing_for_none() -> None:
    chart = Chart("Likes", [("2026-01-01", 0), ("2026-01-02", 1), ("2026-01-03", 10_000)])
    assert [(bar.x, bar.y, bar.height) for bar in chart.bars] == [
        ("0", "48", "0"),
        ("24", "47", "1"),
        ("48", "0", "48"),
    ]
    assert (chart.width, chart.total) == ("72", 10_001)
    assert [bar.height for bar in Chart("None", [("2026-01-01", 0)]).bars] == ["0"]


def test_the_page_takes_as_many_queries_however_much_there_is(staff: User) -> None:
    def statements() -> int:
        with statements_run() as texts:
            assert [panel.error for panel in read_panels() if panel.title != "Checks"] == [""] * (len(PANELS) - 1)
        return len(texts)

    read_panels()
    before = statements()
    for _ in range(3):
        UserFactory()
    assert statements() == before
