"""A form that was opened earlier saves what was changed in it, and undoes nothing that others did meanwhile."""

import json
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from content.models import ContentItem, Level
from content.owners import set_privacy
from generation.models import AutomaticWorks, Workflow
from genonaut import flags
from genonaut.flags import Flag, Switch
from genonaut.large_admin import OwnParametersAdmin
from genonaut.large_admin.row_forms import CHANGED_MEANWHILE, RowForm
from tests.admin.filled import Sent, filled, filled_of
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.generation.graphs import text_to_picture
from users.accounts import close_account, prefer
from users.models import User

WORK = "/admin/content/contentitem/{}/change/"
ACCOUNT = "/admin/users/user/{}/change/"


def send(client: Client, address: str, opened: Sent, **changes: Any) -> dict[str, Any]:
    """Send a form that was opened, with some values changed; return its errors, none of one that is saved."""
    answer = client.post(address, {**opened, **changes})
    return dict(answer.context["adminform"].form.errors) if answer.status_code == 200 else {}


def row_of(item: ContentItem) -> dict[str, Any]:
    """Return all columns of a work as they are now, but the time of the last change."""
    row = ContentItem.objects.filter(pk=item.pk).values().get()
    return {name: value for name, value in row.items() if name != "updated_at"}


@pytest.fixture
def work(alice: User) -> ContentItem:
    """A public work of alice's."""
    return ContentItemFactory(creator=alice, title="Fog", prompt="fog", tags=["fog"])


def test_a_work_that_its_owner_made_private_meanwhile_stays_private(desk: Client, work: ContentItem) -> None:
    address = WORK.format(work.pk)
    opened = filled(desk, address)
    set_privacy(work, is_private=True)
    theirs = {"prompt": "mist", "tags": ["mist"], "level": Level.SENSITIVE, "metadata": {"a": 1}, "creator": None}
    ContentItem.objects.filter(pk=work.pk).update(**theirs)
    before = row_of(work)
    assert send(desk, address, opened, title="Mist") == {}
    changed = {name: value for name, value in row_of(work).items() if value != before[name]}
    assert changed.keys() == {"title", "search_words"}
    assert (changed["title"], before["is_private"]) == ("Mist", True)
    assert LogEntry.objects.get().get_change_message() == "Changed Title."


def test_ratings_that_came_meanwhile_are_counted_once(desk: Client, work: ContentItem) -> None:
    ContentItem.objects.filter(pk=work.pk).update(quality_score=0.5)
    address = WORK.format(work.pk)
    opened = filled(desk, address)
    ContentItem.objects.filter(pk=work.pk).update(rating_count=5, rating_sum=25)
    before = row_of(work)
    assert (before["prior_score"], before["quality_score"]) == (0.5, 0.75)
    assert send(desk, address, opened, title="Mist") == {}
    assert {name: row_of(work)[name] for name in ("prior_score", "quality_score", "rating_count")} == {
        name: before[name] for name in ("prior_score", "quality_score", "rating_count")
    }
    assert send(desk, address, opened, quality_score="0.9") == {"quality_score": [CHANGED_MEANWHILE]}
    assert send(desk, address, filled(desk, address), quality_score="0.9") == {}
    assert row_of(work)["prior_score"] == 0.9


def test_what_both_changed_is_refused_and_what_both_changed_alike_is_not(desk: Client, work: ContentItem) -> None:
    address = WORK.format(work.pk)
    opened = filled(desk, address)
    ContentItem.objects.filter(pk=work.pk).update(title="Mist", prompt="theirs")
    before = row_of(work)
    refused = {"prompt": [CHANGED_MEANWHILE]}
    for _ in range(2):
        assert send(desk, address, opened, title="Mist", prompt="ours") == refused
    assert row_of(work) == before
    # What the page shows again is refused as long as it was not opened again.
    again = desk.post(address, {**opened, "prompt": "ours"})
    assert opened["initial-prompt"][0] in again.content.decode()
    assert send(desk, address, opened, title="Mist", level="1") == {}
    assert row_of(work) == {**before, "level": 1}


@pytest.mark.parametrize("text", ["  fog\r\n", "a\rb", "\n\n fog \n", "", "\u2028\x0b fog"])
def test_a_form_that_is_sent_as_it_was_opened_changes_nothing(desk: Client, work: ContentItem, text: str) -> None:
    theirs = {"prompt": text, "data": text, "tags": [" fog", "a\nb"], "metadata": {"a": [0.1, None], "b": text}}
    more = {"title": " Fog ", "quality_score": 1e-9, "seed": 7, "generation_seed": 2**64 - 1, "creator": None}
    ContentItem.objects.filter(pk=work.pk).update(**theirs, **more)
    before = row_of(work)
    address = WORK.format(work.pk)
    assert send(desk, address, filled(desk, address)) == {}
    assert row_of(work) == before
    assert LogEntry.objects.get().get_change_message() == "No fields changed."
    assert send(desk, address, filled(desk, address), prompt="ours", data="ours") == {}


def test_what_is_checked_of_two_columns_is_checked_of_the_row(desk: Client, work: ContentItem) -> None:
    address = WORK.format(work.pk)
    opened = filled(desk, address)
    ContentItem.objects.filter(pk=work.pk).update(level=Level.EXPLICIT, least_level=Level.SENSITIVE)
    opened_now = filled(desk, address)
    assert send(desk, address, opened_now, level="0").keys() == {"level"}
    assert send(desk, address, opened, least_level="2") == {"least_level": [CHANGED_MEANWHILE]}
    assert row_of(work)["level"] == Level.EXPLICIT


@pytest.mark.parametrize("changes", [{}, {"name": "Mallory"}], ids=["as it was", "changed"])
def test_an_account_that_was_closed_meanwhile_stays_closed(desk: Client, alice: User, changes: dict[str, str]) -> None:
    address = ACCOUNT.format(alice.pk)
    User.objects.filter(pk=alice.pk).update(name="Alice", preferences={"theme": "dark"})
    opened = filled(desk, address)
    with transaction.atomic():
        close_account(alice)
    before = User.objects.filter(pk=alice.pk).values().get()
    errors = send(desk, address, opened, **changes)
    assert errors == {name: [CHANGED_MEANWHILE] for name in changes}
    assert User.objects.filter(pk=alice.pk).values().get() == before


def test_what_a_member_prefers_and_a_group_that_was_given_meanwhile_stay(desk: Client, alice: User) -> None:
    address = ACCOUNT.format(alice.pk)
    opened = filled(desk, address)
    prefer(alice, theme="dark")
    alice.groups.add(Group.objects.create(name="helpers"))
    assert send(desk, address, opened, name="A.") == {}
    alice.refresh_from_db()
    assert (alice.name, alice.preferences) == ("A.", {"theme": "dark"})
    assert [group.name for group in alice.groups.all()] == ["helpers"]
    assert "!" not in filled(desk, address).get("initial-password", [""])[0]


def test_a_switch_that_was_turned_meanwhile_stays_turned(desk: Client) -> None:
    flags.turn(Flag.PREFETCHING, is_on=True)
    switch = Switch.objects.get(name=Flag.PREFETCHING)
    address = f"/admin/waffle/switch/{switch.pk}/change/"
    opened = filled(desk, address)
    flags.turn(Flag.PREFETCHING, is_on=False)
    assert send(desk, address, opened, note="Busy") == {}
    switch.refresh_from_db()
    assert (switch.active, switch.note) == (False, "Busy")


def test_automatic_works_that_were_switched_off_meanwhile_stay_off(desk: Client) -> None:
    row = AutomaticWorks.objects.create(is_on=True, account=UserFactory(), works_per_day=5)
    address = f"/admin/generation/automaticworks/{row.pk}/change/"
    opened = filled(desk, address)
    AutomaticWorks.objects.update(is_on=False, likes_needed=7)
    assert send(desk, address, opened, works_per_day="9") == {}
    row.refresh_from_db()
    assert (row.is_on, row.likes_needed, row.works_per_day) == (False, 7, 9)
    assert send(desk, address, opened, likes_needed="8") == {"likes_needed": [CHANGED_MEANWHILE]}


def test_a_right_that_a_group_lost_meanwhile_stays_lost(desk: Client) -> None:
    group = Group.objects.create(name="helpers")
    kept, taken = Permission.objects.order_by("pk")[:2]
    group.permissions.set([kept, taken])
    address = f"/admin/auth/group/{group.pk}/change/"
    opened = filled(desk, address)
    group.permissions.remove(taken)
    assert send(desk, address, opened, name="moderators") == {}
    group.refresh_from_db()
    assert (group.name, list(group.permissions.all())) == ("moderators", [kept])


def test_a_workflow_that_was_withdrawn_and_given_another_graph_meanwhile_stays_so(
    desk: Client, settings: Settings
) -> None:
    settings.COMFYUI_URLS = []
    made = text_to_picture()
    row = Workflow.objects.create(name="fog", title="Fog", graph=made["graph"], inputs=made["inputs"][:2])
    address = f"/admin/generation/workflow/{row.pk}/change/"
    opened = filled(desk, address)
    theirs = {"is_active": False, "inputs": made["inputs"][:1], "graph": {**made["graph"], "99": made["graph"]["1"]}}
    Workflow.objects.filter(pk=row.pk).update(**theirs)
    assert send(desk, address, opened, title="Mist") == {}
    row.refresh_from_db()
    assert ({name: getattr(row, name) for name in theirs}, row.title) == (theirs, "Mist")
    graph = json.dumps(made["graph"])
    assert send(desk, address, opened, text=graph) == {"text": [CHANGED_MEANWHILE]}
    # What the page shows again is refused as long as it was not opened again.
    again = filled_of(desk.post(address, {**opened, "text": graph}))
    assert send(desk, address, again) == {"text": [CHANGED_MEANWHILE]}
    assert send(desk, address, filled(desk, address), file=SimpleUploadedFile("a.json", graph.encode())) == {}
    row.refresh_from_db()
    assert (row.graph, row.inputs) == (made["graph"], theirs["inputs"])


def test_each_page_that_changes_a_row_has_such_a_form(desk: Client, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = User.objects.get(pk=desk.session["_auth_user_id"])
    rows = {User: UserFactory, ContentItem: ContentItemFactory}
    changed = [each for each in admin.site._registry.values() if each.has_change_permission(request)]
    forms = {each.model: each.get_form(request, rows.get(each.model, each.model)(), change=True) for each in changed}
    assert [model for model, form in forms.items() if not issubclass(form, RowForm)] == []
    assert {*rows, Switch, Group, Workflow, AutomaticWorks} <= forms.keys()
    assert [each for each in changed if not isinstance(each, OwnParametersAdmin)] == []


def test_an_interaction_is_saved_as_it_is(desk: Client) -> None:
    row = InteractionFactory(user=None, kind="comment", comment=" fog\r\n", metadata={"a": 1})
    address = f"/admin/interactions/interaction/{row.pk}/change/"
    opened = filled(desk, address)
    type(row).objects.filter(pk=row.pk).update(comment="[removed]")
    assert send(desk, address, opened, duration_seconds="2") == {}
    row.refresh_from_db()
    assert (row.comment, row.duration_seconds, row.metadata) == ("[removed]", 2, {"a": 1})
