"""Deleting: the confirmation counts within a budget, and the models' own rules are kept."""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from content.models import ContentItem
from generation.models import GenerationJob
from genonaut.pagination.admin import pages
from interactions.models import Interaction
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


def test_very_many_rows_are_counted_no_further_than_the_budget(
    desk: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "COUNT_BUDGET", 10)
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
