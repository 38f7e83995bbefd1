"""Settings: what the page saves, and what lists, colours and new works make of it."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from content.models import ContentItem
from libraries.folders import register
from tests.factories import ContentItemFactory
from tests.pages.html import elements, hrefs
from users.models import User

ME = "/accounts/me/"
LEVELS = {"shown_level": "2", "blurred_level": "3", "new_level": "sensitive"}
SENT = {"name": "Dr. A", "theme": "dark", "page_size": "100", "view": "scroll", "private_by_default": "on", **LEVELS}
SAVED = {"theme": "dark", "page_size": 100, "view": "scroll", "private_by_default": True, "new_level": "sensitive"}


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def prefer(account: User, **preferences: object) -> None:
    """Save what an account prefers."""
    account.preferences = preferences
    account.save()


def test_settings_are_saved_beside_what_clients_keep_there(hers: Client, alice: User) -> None:
    prefer(alice, mine=[1])
    assert hers.post(ME, SENT).status_code == 303
    alice.refresh_from_db()
    assert (alice.name, alice.shown_level, alice.blurred_level) == ("Dr. A", 2, 3)
    assert alice.preferences == {"mine": [1], **SAVED}
    page = hers.get(ME)
    assert "Your settings are saved." in page.content.decode()
    chosen = [option.attributes["value"] for option in elements(page, "option") if "selected" in option.attributes]
    assert chosen == ["dark", "100", "scroll", "2", "3", "sensitive"]
    refused = hers.post(ME, {**SENT, "theme": "pink"})
    alice.refresh_from_db()
    assert (refused.status_code, alice.preferences["theme"]) == (200, "dark")


@pytest.mark.parametrize("odd", [{"theme": ["dark"], "page_size": "100", "view": 1}, {"theme": {}, "page_size": True}])
def test_preferences_that_are_none_of_ours_are_passed_over(hers: Client, alice: User, odd: dict) -> None:
    prefer(alice, **odd)
    for address in ("/", ME):
        [html] = elements(hers.get(address), "html")
        assert html.attributes == {"lang": "en", "data-blurs-from": "1"}


def test_colours_are_in_the_page_before_it_is_painted(hers: Client, alice: User) -> None:
    before = hers.get("/").headers["ETag"]
    prefer(alice, theme="dark")
    page = hers.get("/", headers={"If-None-Match": before})
    assert (page.status_code, elements(page, "html")[0].attributes["data-theme"]) == (200, "dark")
    [scheme] = elements(page, "meta", name="color-scheme")
    assert scheme.attributes["content"] == "dark"
    assert "data-theme" not in Client().get("/").content.decode()


def test_lists_begin_as_their_reader_prefers_unless_the_address_says_it(hers: Client, alice: User) -> None:
    ContentItemFactory.create_batch(3)
    prefer(alice, page_size=100, view="scroll")
    layouts = {
        query: (shown.attributes["data-layout"], shown.attributes["data-query"])
        for query in ("", "?tag=x", "?view=numbers", "?page_size=2", "?page=1")
        for shown in elements(hers.get(f"/{query}"), "div", id="list")
    }
    assert layouts == {
        "": ("scroll", "page_size=100&view=scroll"),
        "?tag=x": ("scroll", "page_size=100&tag=x&view=scroll"),
        "?view=numbers": ("numbers", "view=numbers"),
        "?page_size=2": ("numbers", "page_size=2"),
        "?page=1": ("numbers", "page=1"),
    }
    [numbers] = [
        link for link in elements(hers.get("/"), "a") if link.attributes.get("data-choose-layout") == "numbers"
    ]
    assert (
        elements(hers.get(f"/{numbers.attributes['href']}"), "div", id="list")[0].attributes["data-layout"] == "numbers"
    )
    assert hrefs(Client().get("/"), "a") == hrefs(Client().get("/?"), "a")


def test_a_preference_costs_a_list_no_query(hers: Client, alice: User) -> None:
    with CaptureQueriesContext(connection) as plain:
        hers.get("/?page_size=100&view=scroll")
    prefer(alice, page_size=100, view="scroll")
    with CaptureQueriesContext(connection) as preferred:
        hers.get("/")
    assert len(preferred) == len(plain)


@pytest.mark.parametrize(
    ("prefers", "said", "is_private"), [(True, None, True), (True, False, False), (False, None, False)]
)
def test_new_works_are_private_as_preferred_unless_they_say_otherwise(
    alice: User, own_folders: None, tmp_path: Path, prefers: bool, said: bool | None, is_private: bool
) -> None:
    prefer(alice, private_by_default=prefers)
    api = APIClient()
    api.force_login(alice)
    fields = {} if said is None else {"is_private": said}
    made = [api.post("/api/v1/content/", {"title": "a", "content_type": "text", **fields})]
    file = SimpleUploadedFile("a.txt", b"A text of some words.")
    made.append(api.post("/api/v1/content/", {"file": file, "tags": "t", **fields}, format="multipart"))
    assert [answer.status_code for answer in made] == [201, 201], [answer.json() for answer in made]
    header = "" if said is None else "is_private ZmFsc2U="
    sent = api.post(
        "/api/v1/uploads/", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": header}
    )
    assert sent.status_code == 201
    uploads = [upload.fields["is_private"] for upload in alice.uploads.all()]
    (tmp_path / "folder").mkdir()
    library = register(tmp_path / "folder", owner=alice, is_private=said)
    stored = [*ContentItem.objects.values_list("is_private", flat=True), *uploads, library.is_private]
    assert stored == [is_private] * 4
    page = Client()
    page.force_login(alice)
    [box] = elements(page.get("/upload/"), "input", id="is_private")
    assert ("checked" in box.attributes) == prefers
