"""Exports that members ask for: made by a worker in parts, theirs alone, and gone in time."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from content.models import ContentItem
from exports import parts
from exports.models import Export, ExportPart
from exports.parts import clear_expired
from exports.worker_tasks import make_exports
from genonaut import flags
from genonaut.flags import Flag
from genonaut.pagination import totals
from genonaut.worker_process import stopping
from tests.factories import EPOCH, ContentItemFactory, UserFactory
from tests.pages.html import texts
from tests.pages.staged import own_folders, picture
from tests.pagination.test_totals import pretend
from users.models import User

__all__ = ["own_folders"]

pytestmark = pytest.mark.usefixtures("db", "own_folders")

PAGE = "/export/"


@pytest.fixture
def ada(client: Client) -> User:
    """Ada, signed in, with five works and a private one; another's private work."""
    ada = UserFactory(username="ada")
    client.force_login(ada)
    for number in range(5):
        picture(20 + number, 20, creator=ada, title=f"Fog {number}", tags=["sea"] if number else [])
    ContentItemFactory(creator=ada, is_private=True, title="Mine")
    ContentItemFactory(is_private=True, title="Another's")
    return ada


def asked(client: Client, query: str = "") -> Export:
    """Ask for an export; return it."""
    assert client.post(PAGE + query).status_code == 303
    return Export.objects.get(finished_at=None)


def names_in(part: ExportPart) -> list[str]:
    with default_storage.open(part.stored_as) as file, ZipFile(file) as archive:
        return archive.namelist()


def test_a_member_has_zips_of_what_they_see(client: Client, ada: User, tmp_path: Path) -> None:
    assert b"All works</a>: 6 works" in client.get(PAGE).content
    export = asked(client)
    make_exports()
    page = client.get(PAGE).content.decode()
    assert ("6 works</span>" in page, f"/export/{export.pk}/1.zip" in page) == (True, True)
    answer = client.get(f"/export/{export.pk}/1.zip")
    with ZipFile(BytesIO(b"".join(answer.streaming_content))) as archive:
        archive.extractall(tmp_path / "out")
    lines = (tmp_path / "out" / "works.jsonl").read_text()
    assert ("Mine" in lines, "Another" in lines, lines.count("\n")) == (True, False, 6)
    ContentItem.objects.all().delete()
    call_command("import_export", tmp_path / "out", verbosity=0)
    assert ContentItem.objects.count() == 6


def test_a_query_is_made_in_parts_and_goes_on_after_a_worker_died(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_WORKS", 2)
    monkeypatch.setattr("exports.writing.BATCH_WORKS", 1)
    export = asked(client, "?tag=sea")
    stopping.set()
    try:
        make_exports()
    finally:
        stopping.clear()
    assert ExportPart.objects.count() == 0
    monkeypatch.setattr("exports.worker_tasks.SECONDS", -1)
    make_exports()  # its time is over before it begins
    assert parts.make_part(Export.objects.get(), lambda: False)
    monkeypatch.setattr("exports.worker_tasks.SECONDS", 50)
    make_exports()
    export.refresh_from_db()
    assert (export.works, export.finished_at is None, export.error) == (4, False, "")
    found = list(export.parts.order_by("number"))
    assert [(part.number, part.works) for part in found] == [(1, 2), (2, 2)]
    assert [sum(name.endswith(".png") for name in names_in(part)) for part in found] == [2, 2]


def test_what_cannot_be_asked_for_is_said(client: Client, ada: User, settings: Settings) -> None:
    for query, said in (("?tag=nothing", "There is no such work."), ("?tag=sea", "Another export of yours")):
        if query == "?tag=sea":
            asked(client, query)
        answer = client.post(PAGE + query, follow=True)
        assert said in str([str(message) for message in answer.context["messages"]])
    make_exports()
    settings.EXPORT_WORKS = 3
    assert b"narrow the list" in client.post(PAGE, follow=True).content
    settings.EXPORT_WORKS = 100
    for _ in range(parts.MOST_KEPT - 1):
        asked(client)
        make_exports()
    assert b"delete one first" in client.post(PAGE, follow=True).content


def test_exports_are_their_members_own_and_go_with_their_files(client: Client, ada: User) -> None:
    export = asked(client)
    make_exports()
    part, bob = export.parts.get(), Client()
    address, removal = f"/export/{export.pk}/1.zip", f"/export/{export.pk}/delete/"
    assert [bob.get(address).status_code, bob.post(PAGE).status_code, bob.post(removal).status_code] == [303, 303, 303]
    bob.force_login(UserFactory(is_staff=True))
    assert [bob.get(address).status_code, bob.post(removal).status_code] == [404, 404]
    assert client.get(f"/export/{uuid4()}/1.zip").status_code == 404
    assert client.post(removal).status_code == 303
    assert (Export.objects.exists(), default_storage.exists(part.stored_as)) == (False, False)


HIDDEN = {
    "private": {"is_private": True},
    "trash": {"is_private": True, "trashed_at": EPOCH},
    "prompt": {"hides_prompt": True},
    "own trash": {"is_private": True, "trashed_at": EPOCH},
    "deleted": None,
}


@pytest.mark.parametrize("what", HIDDEN)
def test_what_is_hidden_since_is_not_to_be_had_out_of_a_zip(client: Client, ada: User, what: str) -> None:
    works = ContentItem.objects.filter(title="Fog 1")
    works.update(creator=ada if what == "own trash" else UserFactory())
    export = asked(client, "?tag=sea")
    make_exports()
    address = f"/export/{export.pk}/1.zip"
    page = client.get(PAGE).content.decode()
    assert (f'href="{address}" download' in page, f'href="{address}"' in page) == (False, True)
    whole = client.get(address)
    assert (whole.status_code, whole["Cache-Control"]) == (200, "private, no-cache")
    assert b"".join(whole.streaming_content)[:2] == b"PK"
    works.delete() if HIDDEN[what] is None else works.update(**HIDDEN[what])
    for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": whole["ETag"]}):
        gone = client.get(address, headers=headers)
        assert (gone.status_code, f'href="{PAGE}?tag=sea"' in gone.content.decode()) == (410, True)
    if what == "prompt":
        works.update(hides_prompt=False)
        again = client.get(address)
        assert again.status_code == 200
        assert b"".join(again.streaming_content)[:2] == b"PK"
        ExportPart.objects.update(work_ids=None)  # of a version that did not keep them
        assert client.get(address).status_code == 410


@pytest.mark.parametrize("why", ["expired", "account"])
def test_what_is_over_is_deleted(client: Client, ada: User, why: str) -> None:
    export = asked(client)
    make_exports()
    name = export.parts.get().stored_as
    assert clear_expired() == 0
    if why == "expired":
        Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        ada.delete()
    assert clear_expired() == 1
    assert (Export.objects.exists(), default_storage.exists(name)) == (False, False)


def test_each_export_says_its_own_day_once_it_is_done(client: Client, ada: User) -> None:
    for day in (1, 5):
        asked(client)
        make_exports()
        newest = Export.objects.latest("created_at")
        Export.objects.filter(pk=newest.pk).update(expires_at=EPOCH.replace(day=day))
    asked(client)
    notes = texts(client.get(PAGE), "span", class_="results__note")
    dates = [f"Kept until {day} {EPOCH:%B %Y}" for day in (5, 1)]
    assert [note for note in notes if note.startswith("Kept")] == dates


def test_an_export_that_waited_for_long_has_its_time_from_its_end(
    client: Client, ada: User, settings: Settings
) -> None:
    export = asked(client)
    Export.objects.update(created_at=EPOCH, expires_at=EPOCH)
    assert clear_expired() == 0
    make_exports()
    export.refresh_from_db()
    assert export.expires_at >= export.finished_at + timedelta(hours=settings.EXPORT_HOURS)
    assert clear_expired() == 0


@pytest.fixture
def estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than two works are too many to count, and the planner believes in 5,000."""
    flags.remember(frozenset({Flag.RANKED_PAGES}), seconds=None)
    monkeypatch.setattr(totals, "COUNT_BUDGET", 1)
    monkeypatch.setattr(totals, "LARGE_COUNT_BUDGET", 2)
    pretend(rows_on_a_page=100_000)


def test_an_estimated_total_is_said_to_be_one_and_refuses_none(
    client: Client, ada: User, estimated: None, settings: Settings
) -> None:
    settings.EXPORT_WORKS = 4
    [line] = [text for text in texts(client.get(f"{PAGE}?page_size=2"), "p") if text.startswith("All works")]
    assert re.match(r"All works: about [\d,]+ works, as you see them", line)
    export = asked(client, "?page_size=2")
    assert export.total > settings.EXPORT_WORKS
    assert "0 of about" in " ".join(texts(client.get(PAGE), "span", class_="results__note"))
    make_exports()
    export.refresh_from_db()
    assert (export.works, export.error) == (4, "It ends after 4 works.")


def test_more_works_than_were_counted_are_too_many(
    client: Client, ada: User, estimated: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "LARGE_COUNT_BUDGET", 5)
    pretend(rows_on_a_page=0.001)
    settings.EXPORT_WORKS = 1
    assert b"narrow the list" in client.post(f"{PAGE}?page_size=2", follow=True).content


def test_an_account_that_is_closed_meanwhile_gets_nothing(client: Client, ada: User) -> None:
    export = asked(client)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    make_exports()
    export.refresh_from_db()
    assert (export.parts.count(), export.error) == (0, "The account or what it asked for is not there any more.")
