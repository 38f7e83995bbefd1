"""Deleting: the confirmation counts within a budget, and the models' own rules are kept."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from content.models import ContentItem
from generation.models import GenerationJob
from genonaut import deletions
from genonaut.large_admin import paginators
from genonaut.large_admin.deletion import BoundedDeletionAdmin, cascade
from interactions.models import REMOVED_TEXT, Interaction
from media.models import Library, LibraryFile
from recommendations.models import Recommendation
from tests.factories import ContentItemFactory, InteractionFactory, RecommendationFactory, UserFactory
from users.models import User


@pytest.fixture
def estate(alice: User, bob: User) -> dict[str, ContentItem]:
    """What alice leaves behind: a public and a private item, which bob and she looked at."""
    items = {
        "public": ContentItemFactory(title="public", creator=alice),
        "private": ContentItemFactory(title="private", creator=alice, is_private=True),
    }
    InteractionFactory(user=alice, content=items["public"])
    InteractionFactory(user=bob, content=items["private"])
    RecommendationFactory(user=alice, content=items["public"])
    return items


def summary(html: str) -> list[str]:
    """Return the lines that say what becomes of what refers to the row."""
    listed = html.split("<h2>What refers to it</h2>")[1].split("</ul>")[0]
    lines = [re.sub(r"<.+?>", "", line) for line in listed.split("<li>")[1:]]
    return sorted(" ".join(line.split()) for line in lines)


def test_the_confirmation_says_what_goes_and_what_stays(desk: Client, estate: dict, alice: User) -> None:
    html = desk.get(f"/admin/users/user/{alice.pk}/delete/").content.decode()
    assert summary(html) == [
        "Content items: 1 deleted",
        "Content items: 1 kept, without creator",
        "Interactions: 1 kept, without user",
        "Recommendations: 1 deleted",
    ]


def test_deleting_a_user_keeps_public_items_and_interactions(desk: Client, estate: dict, alice: User) -> None:
    assert desk.post(f"/admin/users/user/{alice.pk}/delete/", {"post": "yes"}).status_code == 302
    assert list(ContentItem.objects.values_list("title", "creator")) == [("public", None)]
    assert list(Interaction.objects.values_list("content__title", "user")) == [("public", None)]
    assert not Recommendation.objects.exists()


def test_the_action_deletes_the_users_ticked(desk: Client, estate: dict, alice: User, bob: User) -> None:
    sent = {"action": "delete_selected", "_selected_action": [alice.pk, bob.pk]}
    html = desk.post("/admin/users/user/", {**sent, "index": "0"}).content.decode()
    assert "Interactions: 2 kept, without user" in summary(html)

    assert desk.post("/admin/users/user/", {**sent, "post": "yes"}).status_code == 302
    assert not User.objects.filter(pk__in=[alice.pk, bob.pk]).exists()


@pytest.mark.parametrize("path", ["contentitem", "autocontentitem"])
def test_deleting_an_item_takes_its_interactions(desk: Client, estate: dict, path: str) -> None:
    ContentItem.objects.update(source="auto")
    address = f"/admin/content/{path}/{estate['public'].pk}/delete/"
    assert summary(desk.get(address).content.decode()) == [
        "Interactions: 1 deleted",
        "Recommendations: 1 deleted",
    ]
    assert desk.post(address, {"post": "yes"}).status_code == 302
    assert [item.title for item in ContentItem.objects.all()] == ["private"]
    assert Interaction.objects.count() == 1


def test_what_goes_with_a_row_needs_permission_as_well(client: Client, estate: dict, alice: User) -> None:
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["delete_user", "view_user"]))
    client.force_login(clerk)
    address = f"/admin/users/user/{alice.pk}/delete/"
    html = client.get(address).content.decode()
    assert "doesn't have permission" in html.replace("&#x27;", "'")
    assert "recommendation" in html
    assert client.post(address, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=alice.pk).exists()


def test_a_user_with_nothing_needs_no_more_than_the_permission(client: Client, bob: User) -> None:
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["delete_user", "view_user"]))
    client.force_login(clerk)
    assert client.post(f"/admin/users/user/{bob.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=bob.pk).exists()


def test_an_account_goes_with_its_libraries(desk: Client, alice: User) -> None:
    library = Library.objects.create(name="output", folder="/output", owner=alice)
    place = {"path": "fog.png", "size": 1, "mtime_ns": 1, "error": "no picture", "seen_at": library.created_at}
    LibraryFile.objects.create(library=library, **place)
    address = f"/admin/users/user/{alice.pk}/delete/"
    assert summary(desk.get(address).content.decode()) == ["Libraries: 1 deleted"]
    assert desk.post(address, {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=alice.pk).exists()
    assert not Library.objects.exists()


def test_what_goes_with_a_row_keeps_no_superuser_from_deleting_it(staff: User, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = staff
    admins = [each for each in admin.site._registry.values() if isinstance(each, BoundedDeletionAdmin)]
    refused = {
        (each.model._meta.label, model._meta.label)
        for each in admins
        if each.has_delete_permission(request)
        for model in cascade(each.model) - {each.model}
        if not each._may_delete(model, request)
    }
    assert refused == set()


def test_very_many_rows_are_counted_no_further_than_the_budget(
    desk: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paginators, "COUNT_BUDGET", 10)
    item = ContentItemFactory()
    Interaction.objects.bulk_create(InteractionFactory.build_batch(30, user=alice, content=item))
    with CaptureQueriesContext(connection) as queries:
        html = desk.get(f"/admin/users/user/{alice.pk}/delete/").content.decode()
    assert summary(html) == ["Interactions: more than 10 kept, without user"]
    counts = [query["sql"] for query in queries if "interactions_interaction" in query["sql"]]
    assert len(counts) == 1
    assert "LIMIT 11" in counts[0]


def test_deleting_a_group_does_not_load_its_members(desk: Client, alice: User) -> None:
    group = Group.objects.create(name="moderators")
    group.user_set.add(alice)
    with CaptureQueriesContext(connection) as queries:
        desk.get(f"/admin/auth/group/{group.pk}/delete/")
    assert not any("users_user_groups" in query["sql"] for query in queries)
    desk.post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})
    assert not Group.objects.exists()
    assert User.objects.filter(pk=alice.pk).exists()


def test_jobs_outlive_the_item_they_made(desk: Client) -> None:
    item = ContentItemFactory()
    job = GenerationJob.objects.create(
        user=UserFactory(), job_type="image", prompt="fog", status="completed", result=item,
        started_at=item.created_at, finished_at=item.created_at,
    )  # fmt: skip
    address = f"/admin/content/contentitem/{item.pk}/delete/"
    assert summary(desk.get(address).content.decode()) == ["Generation jobs: 1 kept, without result"]
    desk.post(address, {"post": "yes"})
    job.refresh_from_db()
    assert job.result is None


@pytest.mark.parametrize("is_ticked", [False, True])
def test_a_comment_that_goes_leaves_its_answers_below_a_heading(desk: Client, is_ticked: bool) -> None:
    item = ContentItemFactory()
    thread = InteractionFactory(content=item, kind="comment", comment="Fog?")
    answers = [InteractionFactory(content=item, kind="comment", comment="Yes", parent=thread) for _ in range(2)]
    view = InteractionFactory(content=item)

    def delete(rows: list[Interaction]) -> None:
        if is_ticked:
            ticked = [row.pk for row in rows]
            sent = {"action": "delete_selected", "_selected_action": ticked, "post": "yes"}
            desk.post("/admin/interactions/interaction/", sent)
        else:
            for row in rows:
                desk.post(f"/admin/interactions/interaction/{row.pk}/delete/", {"post": "yes"})

    page = desk.get(f"/admin/interactions/interaction/{thread.pk}/delete/").content.decode()
    assert summary(page) == ["Interactions: 2 kept, without the text that they answer"]
    delete([thread, view])
    left = Interaction.objects.order_by("pk").values_list("pk", "comment")
    assert list(left) == [(thread.pk, REMOVED_TEXT), *((answer.pk, "Yes") for answer in answers)]
    delete(answers)
    assert list(left.all()) == []


# --- Much

WORKS = {"action": "delete_all_works", "index": "0"}


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no request have time for more than one batch, of one row."""
    monkeypatch.setattr(deletions, "REQUEST_SECONDS", 0)
    monkeypatch.setattr(deletions, "REQUEST_ROWS", 1)


def test_an_account_with_much_is_closed_at_once_and_the_rest_goes_later(
    desk: Client, slowly: None, estate: dict, alice: User, bob: User
) -> None:
    for user in (alice, bob):
        InteractionFactory.create_batch(2, user=user)
    sent = {"action": "delete_selected", "_selected_action": [alice.pk, bob.pk], "post": "yes"}
    page = desk.post("/admin/users/user/", sent, follow=True).content.decode()
    accounts = User.objects.filter(pk__in=[alice.pk, bob.pk])
    assert [(account.username[:7], account.email, account.is_active) for account in accounts] == [
        ("closed-", "", False)
    ] * 2
    assert "/admin/genonaut/deletion/" in page
    assert desk.get("/admin/genonaut/deletion/").content.decode().count("users.User") == 2
    assert deletions.Worker().work(seconds=60)
    assert not accounts.all().exists()


def test_all_works_of_an_account_are_counted_and_deleted(desk: Client, estate: dict, alice: User, bob: User) -> None:
    ContentItemFactory(creator=bob)
    sent = {**WORKS, "_selected_action": [alice.pk]}
    html = desk.post("/admin/users/user/", sent).content.decode()
    assert "alice</a>: 2 works" in html
    assert ContentItem.objects.filter(creator=alice).count() == 2
    assert desk.post("/admin/users/user/", {**sent, "post": "yes"}).status_code == 302
    assert list(ContentItem.objects.values_list("creator", flat=True)) == [bob.pk]
    assert list(LogEntry.objects.values_list("object_id", "change_message")) == [(str(alice.pk), "Deleted all works.")]


@pytest.mark.parametrize("missing", ["delete_user", "delete_contentitem"])
def test_deleting_all_works_needs_permission_for_works_too(
    client: Client, estate: dict, alice: User, missing: str
) -> None:
    clerk = UserFactory(is_staff=True)
    wanted = {"view_user", "delete_user", "delete_contentitem"} - {missing}
    clerk.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    client.force_login(clerk)
    client.post("/admin/users/user/", {**WORKS, "_selected_action": [alice.pk], "post": "yes"})
    assert ContentItem.objects.filter(creator=alice).count() == 2


def test_works_of_other_staff_are_deleted_by_superusers_alone(client: Client, db: None) -> None:
    clerk, colleague = UserFactory(is_staff=True), UserFactory(is_staff=True)
    ContentItemFactory(creator=colleague)
    clerk.user_permissions.set(
        Permission.objects.filter(codename__in=["view_user", "delete_user", "delete_contentitem"])
    )
    client.force_login(clerk)
    sent = {**WORKS, "_selected_action": [colleague.pk], "post": "yes"}
    assert client.post("/admin/users/user/", sent).status_code == 403
    assert ContentItem.objects.exists()


def test_an_action_is_for_the_rows_ticked_alone(desk: Client, alice: User, bob: User) -> None:
    sent = {"action": "delete_selected", "_selected_action": [alice.pk], "select_across": "1", "post": "yes"}
    desk.post("/admin/users/user/", sent)
    assert list(User.objects.filter(pk__in=[alice.pk, bob.pk])) == [bob]
