"""Who may enter the admin, and what of it."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client, RequestFactory

from tests.admin.test_changelists import LISTS
from tests.factories import ContentItemFactory, UserFactory
from users import letters
from users.models import User

# All that has pages in the admin: an app of others registers more by itself.
REGISTERED = {
    *("albums.album", "albums.albumitem", "auth.group", "authtoken.tokenproxy", "content.autocontentitem"),
    *("content.contentitem", "culling.bulktask", "exports.export", "generation.automaticworks"),
    *("generation.generationjob", "generation.workflow", "genonaut.deletion", "genonaut.sitestatus"),
    *("interactions.interaction", "media.generationdata", "media.generativemodel", "media.library"),
    *("media.libraryfile", "media.mediafile", "moderation.report", "notices.notice", "people.follow"),
    *("recommendations.recommendation", "users.apitoken", "users.pendingemail", "users.user", "users.usersession"),
    "waffle.switch",
}
PASSWORDS = {"usable_password": "true", "password1": "fog horn 77", "password2": "fog horn 77"}


@pytest.mark.parametrize("path", LISTS)
def test_nobody_but_staff_enters(client: Client, alice: User, path: str) -> None:
    for signed_in in (False, True):
        if signed_in:
            client.force_login(alice)
        for page in ("", "add/", "1/change/", "1/delete/", "1/history/"):
            response = client.get(f"/admin/{path}/{page}")
            assert (response.status_code, response["Location"].split("?")[0]) == (302, "/admin/login/")


@pytest.mark.parametrize("path", LISTS)
def test_staff_without_permission_is_refused(client: Client, db: None, path: str) -> None:
    LISTS[path]()
    client.force_login(UserFactory(is_staff=True))
    for page in ("", "add/"):
        assert client.get(f"/admin/{path}/{page}").status_code == 403


def test_the_autocomplete_needs_permission_to_see_the_rows(client: Client, db: None) -> None:
    client.force_login(UserFactory(is_staff=True))
    where = {"app_label": "content", "model_name": "contentitem", "field_name": "creator", "term": "a"}
    assert client.get("/admin/autocomplete/", where).status_code == 403


def test_who_may_only_look_gets_no_form_to_change(client: Client, db: None) -> None:
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_contentitem"))
    client.force_login(clerk)
    item = ContentItemFactory(title="Fog")
    html = client.get(f"/admin/content/contentitem/{item.pk}/change/").content.decode()
    assert "Fog" in html
    assert 'name="title"' not in html
    assert client.post(f"/admin/content/contentitem/{item.pk}/change/", {"title": "x"}).status_code == 403


@pytest.fixture
def clerk(client: Client, db: None) -> Client:
    """A browser in which staff is signed in that may do everything with users, but is no superuser."""
    user = UserFactory(username="clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["users", "authtoken"]))
    client.force_login(user)
    return client


def test_nobody_but_superusers_gives_rights(clerk: Client, alice: User) -> None:
    sent = {"username": "alice", "preferences": "{}", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    assert clerk.post(f"/admin/users/user/{alice.pk}/change/", sent).status_code == 302
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser) == (False, False)


@pytest.mark.parametrize("rights", [{"is_superuser": True}, {"is_staff": True}], ids=str)
def test_nobody_but_superusers_touches_others_of_staff(clerk: Client, rights: dict[str, bool]) -> None:
    staff = UserFactory(**rights)
    for page, sent in (
        ("change/", {"username": "x", "preferences": "{}"}),
        ("password/", PASSWORDS),
        ("delete/", {"post": "yes"}),
    ):
        assert clerk.post(f"/admin/users/user/{staff.pk}/{page}", sent).status_code == 403
    ticked = {"action": "delete_selected", "_selected_action": [staff.pk], "post": "yes"}
    assert clerk.post("/admin/users/user/", ticked).status_code == 403
    kept = User.objects.get(pk=staff.pk)
    assert (kept.username, kept.password) == (staff.username, staff.password)


def test_staff_touches_people_and_itself(clerk: Client, alice: User) -> None:
    for user in (alice, User.objects.get(username="clerk")):
        sent = {"username": user.username, "name": "New", "preferences": "{}", "is_active": "on"}
        assert clerk.post(f"/admin/users/user/{user.pk}/change/", sent).status_code == 302
        assert User.objects.get(pk=user.pk).name == "New"


def test_nobody_but_superusers_changes_groups_which_give_rights(client: Client, db: None) -> None:
    group = Group.objects.create(name="helpers")
    clerk = UserFactory(is_staff=True)
    clerk.groups.add(group)
    clerk.user_permissions.set(Permission.objects.filter(content_type__model="group"))
    client.force_login(clerk)
    sent = {"name": "masters", "permissions": [Permission.objects.get(codename="delete_user").pk], "post": "yes"}
    pages = [f"/admin/auth/group/{page}" for page in ("add/", f"{group.pk}/change/", f"{group.pk}/delete/")]
    assert [client.post(page, sent).status_code for page in pages] == [403] * 3
    client.post("/admin/auth/group/", {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"})
    assert list(Group.objects.values_list("name", "permissions")) == [("helpers", None)]
    assert client.get("/admin/auth/group/").status_code == 200


@pytest.mark.parametrize("is_superuser", [False, True])
def test_a_session_does_not_suffice_for_ones_own_password_address_and_end(clerk: Client, is_superuser: bool) -> None:
    User.objects.filter(username="clerk").update(is_superuser=is_superuser)
    own = User.objects.get(username="clerk")
    address = f"/admin/users/user/{own.pk}"
    for path in (address, f"/admin/users/user/00{own.pk}"):
        answer = clerk.post(f"{path}/password/", PASSWORDS)
        assert (answer.status_code, answer["Location"]) == (302, "/admin/password_change/")
    sent = {"username": "clerk", "email": "thief@example.org", "preferences": "{}", "is_active": "on"}
    rights = {"is_staff": "on", **({"is_superuser": "on"} if is_superuser else {})}
    assert clerk.post(f"{address}/change/", {**sent, **rights}).status_code == 302
    assert clerk.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    ticked = {"action": "delete_selected", "_selected_action": [own.pk], "post": "yes"}
    assert clerk.post("/admin/users/user/", ticked).status_code == 403
    kept = User.objects.get(pk=own.pk)
    assert (kept.password, kept.email, kept.username) == (own.password, own.email, "clerk")


def test_the_pages_of_the_admin_are_those_we_know(db: None) -> None:
    assert {model._meta.label_lower for model in admin.site._registry} == REGISTERED


def test_who_may_view_all_finds_no_address_of_a_waiting_letter(client: Client, db: None, rf: RequestFactory) -> None:
    letters.post(rf.get("/"), "reset", "waiting@example.org")
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(clerk)
    lists = [label.replace(".", "/") for label in (*REGISTERED, "procrastinate.procrastinatejob")]
    pages = {path: client.get(f"/admin/{path}/", follow=True) for path in lists}
    assert [path for path, page in pages.items() if "waiting@example.org" in page.content.decode()] == []
    assert pages["procrastinate/procrastinatejob"].status_code == 404


def test_nobody_but_superusers_sees_tokens(clerk: Client) -> None:
    for page in ("", "add/"):
        assert clerk.get(f"/admin/authtoken/tokenproxy/{page}").status_code == 403


def test_pages_hold_nothing_that_the_content_security_policy_refuses(desk: Client) -> None:
    """No inline script, style or handler; what scripts add is watched by the browser's own console."""
    pk = ContentItemFactory().pk
    of_items = [f"content/contentitem/{page}" for page in ("", "add/", f"{pk}/change/", f"{pk}/delete/")]
    pages = ["", *of_items, "users/user/add/", "generation/generationjob/", "auth/group/add/"]
    for page in pages:
        response = desk.get(f"/admin/{page}")
        assert "unsafe-inline" not in response["Content-Security-Policy"]
        assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", response.content.decode()), page


def test_the_admin_is_called_genonaut(desk: Client) -> None:
    html = desk.get("/admin/").content.decode()
    assert re.search(r"<title>\s*Site administration \| Genonaut\s*</title>", html)
    assert "Django administration" not in html
