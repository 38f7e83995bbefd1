"""Who sets the level of a work, by which ways, and that it is kept by exports and copies."""

from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from content.models import ContentItem
from exports.records import work_line
from moderation.models import Outcome, Report
from tests.factories import ContentItemFactory
from tests.pages.html import elements, texts
from tests.pages.staged import own_folders
from users.levels import Level
from users.models import User

__all__ = ["own_folders"]

ITEMS = "/api/v1/content/"
ME = "/api/v1/users/me/"
ADMIN = "/admin/content/contentitem/"


def level(item: ContentItem) -> int:
    return ContentItem.objects.values_list("level", flat=True).get(pk=item.pk)


def test_owner_and_staff_alone_write_it_in_the_api(api: APIClient, alice: User, bob: User, staff: User) -> None:
    item = ContentItemFactory(creator=alice)
    answers = []
    for who, said in ((None, "explicit"), (bob, "explicit"), (alice, "sensitive"), (staff, "explicit")):
        api.force_authenticate(who)
        answers.append((api.patch(f"{ITEMS}{item.pk}/", {"level": said}, format="json").status_code, level(item)))
    assert answers == [(401, 0), (403, 0), (200, 1), (200, 2)]
    for wrong in ("adult", 2, None):
        assert api.patch(f"{ITEMS}{item.pk}/", {"level": wrong}, format="json").status_code == 400
    api.force_authenticate(alice)
    assert api.get(f"{ITEMS}{item.pk}/").json()["level"] == "explicit"
    [row] = [row for row in api.get(ITEMS).json()["items"] if row["id"] == item.pk]
    assert row["level"] == "explicit"


def test_new_works_have_the_level_that_is_said_or_preferred(
    api: APIClient, client: Client, alice: User, own_folders: None
) -> None:
    client.force_login(alice)
    sent = {"shown_level": "2", "blurred_level": "3", "new_level": "sensitive"}
    settings = {"name": "", "theme": "auto", "page_size": "50", "view": "numbers", **sent}
    assert client.post("/accounts/me/", settings).status_code == 303
    assert client.post("/accounts/me/", {**settings, "shown_level": "3"}).status_code == 200
    alice.refresh_from_db()
    assert (alice.shown_level, alice.blurred_level, alice.preferences["new_level"]) == (2, 3, "sensitive")
    api.force_authenticate(alice)
    image = {"content_type": "image"}
    made: list[Any] = [
        api.post(ITEMS, {**image, "title": "A"}, format="json").json(),
        api.post(ITEMS, {**image, "title": "B", "level": "explicit"}, format="json").json(),
        api.post(ITEMS, {"file": text("C")}, format="multipart").json(),
        api.post(ITEMS, {"file": text("D"), "level": "general"}, format="multipart").json(),
    ]
    assert [row["level"] for row in made] == ["sensitive", "explicit", "sensitive", "general"]
    form = client.get("/upload/")
    chosen = [option.text for option in elements(form, "option") if "selected" in option.attributes]
    assert chosen == ["Sensitive"]
    client.post("/upload/", {"file": text("E"), "level": "explicit"})
    assert ContentItem.objects.latest("pk").level == Level.EXPLICIT
    assert client.post("/upload/", {"file": text("F"), "level": "9"}).status_code == 400


def text(words: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{words}.txt", f"{words}\n".encode(), "text/plain")


def test_an_account_s_choices_are_read_and_written_by_the_api(api: APIClient, alice: User, bob: User) -> None:
    api.force_authenticate(alice)

    def choices() -> list[str]:
        shown = api.get(ME).json()
        return [shown["shown_level"], shown["blurred_level"]]

    assert choices() == ["general", "sensitive"]
    sent = {"shown_level": "explicit", "blurred_level": "never"}
    assert api.patch(ME, sent, format="json").status_code == 200
    assert choices() == ["explicit", "never"]
    assert api.patch(ME, {"blurred_level": "general"}, format="json").status_code == 400
    api.force_authenticate(bob)
    assert "shown_level" not in api.get(f"/api/v1/users/{alice.pk}/").json()


def test_the_edit_form_sets_it_and_says_a_change_that_came_between(client: Client, alice: User) -> None:
    item = ContentItemFactory(creator=alice, title="Fog")
    client.force_login(alice)
    page = f"/content/{item.pk}/edit/"
    [moment] = elements(client.get(page), "input", name="updated_at")
    form = {"title": "Fog", "prompt": "", "tags": "", "updated_at": moment.attributes["value"]}
    assert client.post(page, {**form, "level": "2"}).status_code == 303
    assert level(item) == Level.EXPLICIT
    again = client.post(page, {**form, "level": "1"})
    assert (again.status_code, "Explicit" in texts(again, "dd"), level(item)) == (409, True, Level.EXPLICIT)


def test_staff_set_it_in_the_admin_and_for_reports(client: Client, staff: User, bob: User) -> None:
    works = [ContentItemFactory(level=number) for number in Level]
    client.force_login(staff)
    ticked = [work.pk for work in works]
    answer = client.post(ADMIN, {"action": "mark_sensitive", "_selected_action": ticked}, follow=True)
    assert "3 works marked as sensitive." in texts(answer, "li", class_="success")
    assert [level(work) for work in works] == [1, 1, 1]
    works[0].level = Level.EXPLICIT
    works[0].save()
    shown = client.get(f"{ADMIN}?level__exact=2")
    assert texts(shown, "td", class_="field-level") == ["Explicit"]
    client.force_login(bob)
    for work in works[:2]:
        assert client.post(f"/report/work/{work.pk}/", {"reason": "level", "text": ""}).status_code == 303
    client.force_login(staff)
    rows = [str(pk) for pk in Report.objects.values_list("pk", flat=True)]
    client.post("/admin/moderation/report/", {"action": "mark_explicit", "_selected_action": rows})
    assert [level(work) for work in works] == [2, 2, 1]
    assert set(Report.objects.values_list("outcome", flat=True)) == {Outcome.LEVELLED}


def test_exports_and_imports_keep_it(tmp_path: Path, alice: User) -> None:
    item = ContentItemFactory(creator=alice, level=Level.EXPLICIT)
    assert work_line(item, None, file=None)["level"] == "explicit"
    listed = tmp_path / "list.jsonl"
    listed.write_text('{"title": "A", "source_id": "a", "level": "sensitive"}\n{"title": "B", "source_id": "b"}\n')
    for _ in range(2):
        call_command("import_content", listed, verbosity=0)
    listed.write_text('{"title": "B", "source_id": "b", "level": "explicit"}\n{"title": "C", "source_id": "a"}\n')
    call_command("import_content", listed, verbosity=0)
    levels = ContentItem.objects.filter(source_id__in="ab").order_by("source_id").values_list("title", "level")
    assert list(levels) == [("C", 1), ("B", 2)]
