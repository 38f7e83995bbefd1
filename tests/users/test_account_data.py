"""The copy of an account's data: whole, one's own alone, and read in batches."""

import io
import json
from collections.abc import Iterator
from hashlib import sha256
from threading import BoundedSemaphore
from zipfile import ZipFile

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from albums.items import add_works
from content.models import ContentItem
from content.trash import move_to_trash
from genonaut.database.batches import in_batches
from interactions.duplicates import dismiss
from media.models import DismissedPair, GenerationData, Library
from moderation.models import Report
from notices.models import Muted
from people.models import Follow
from recommendations.models import Dismissal
from tests.factories import (
    EPOCH,
    AlbumFactory,
    ContentItemFactory,
    GenerationJobFactory,
    GenerativeModelFactory,
    InteractionFactory,
    MediaFileFactory,
    UserFactory,
)
from tests.pages.html import hrefs, texts
from users import account_data, views
from users.account_data import zipped
from users.levels import BLUR_NOTHING, Level
from users.models import User
from users.tokens import make_token

EXPORT = "/accounts/me/export/"


@pytest.fixture(autouse=True)
def own_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that no answer holds which another test never read."""
    place = BoundedSemaphore(1)
    monkeypatch.setattr(account_data, "PLACE", place)
    monkeypatch.setattr(views, "PLACE", place)


def files_of(answer: HttpResponse) -> dict[str, list[dict]]:
    """Return the rows of each file of an export."""
    with ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert archive.testzip() is None
        return {name: [json.loads(row) for row in archive.read(name).splitlines()] for name in archive.namelist()}


def test_an_export_has_all_of_one_account_and_nothing_of_others(client: Client, alice: User, bob: User) -> None:
    lora = GenerativeModelFactory(kind="lora", name="ink")
    made = GenerationData.objects.create(prompt="fog", seed=7, loras=[lora.pk], lora_weights=[0.5])
    works = [ContentItemFactory(creator=alice, is_private=is_private, tags=["a"]) for is_private in (True, False)]
    ContentItem.objects.filter(pk=works[0].pk).update(generation=made)
    theirs = ContentItemFactory(creator=bob)
    InteractionFactory(user=alice, content=theirs, kind="like")
    InteractionFactory(user=bob, content=works[1])
    GenerationJobFactory(user=alice, prompt="mist")
    GenerationJobFactory(user=bob)
    for owner, other in ((alice, bob), (bob, alice)):
        add_works(AlbumFactory(owner=owner, title=f"Album of {owner.pk}"), owner, [theirs.pk])
        Follow.objects.create(user=owner, person=other)
        Dismissal.objects.create(user=owner, content=works[1])
    key = make_token(alice, "backup", 7)
    ContentItem.objects.filter(pk=works[0].pk).update(level=Level.EXPLICIT)
    User.objects.filter(pk=alice.pk).update(shown_level=Level.EXPLICIT, blurred_level=BLUR_NOTHING)
    client.force_login(alice)
    answer = client.post(EXPORT)
    assert answer.headers["Content-Type"] == "application/zip"
    files = files_of(answer)
    assert [row["kind"] for row in files["account.jsonl"]] == ["account", "token", "session"]
    account = files["account.jsonl"][0]
    assert (account["shown_level"], account["blurred_level"]) == ("explicit", "never")
    assert [row["id"] for row in files["works.jsonl"]] == [works[1].pk, works[0].pk]
    assert [row["level"] for row in files["works.jsonl"]] == ["general", "explicit"]
    assert files["works.jsonl"][1]["made_with"]["loras"] == [{"name": "ink", "weight": 0.5}]
    assert files["works.jsonl"][0]["address"] == f"http://testserver/content/{works[1].pk}/"
    assert [(row["kind"], row["content_id"]) for row in files["interactions.jsonl"]] == [("like", theirs.pk)]
    assert [row["prompt"] for row in files["jobs.jsonl"]] == ["mist"]
    [album, item] = files["albums.jsonl"]
    assert (album["title"], item["content_id"]) == (f"Album of {alice.pk}", theirs.pk)
    assert [row["person"] for row in files.pop("follows.jsonl")] == [bob.username]
    assert [row["content_id"] for row in files["dismissals.jsonl"]] == [works[1].pk]
    assert [secret for secret in (key, "password", bob.username) if secret in json.dumps(files)] == []


def test_an_export_names_nothing_that_pages_hide(client: Client, alice: User, bob: User) -> None:
    hidden, shown = (ContentItemFactory(creator=bob) for _ in range(2))
    trashed = ContentItemFactory(creator=alice)
    for work in (hidden, shown, trashed):
        InteractionFactory(user=alice, content=work, kind="comment", comment="Oh")
        album = AlbumFactory(owner=alice, title=f"Of {work.pk}", cover=work)
        add_works(album, alice, [work.pk])
        Dismissal.objects.create(user=alice, content=work)
        GenerationJobFactory(user=alice, parent=work)
    for person in (bob, UserFactory(username="gone", is_active=False)):
        Follow.objects.create(user=alice, person=person)
    ContentItem.objects.filter(pk=hidden.pk).update(is_private=True)
    ContentItem.objects.filter(pk=trashed.pk).update(is_private=True, trashed_at=EPOCH)
    client.force_login(alice)
    files = files_of(client.post(EXPORT))
    known = [None, shown.pk, trashed.pk]
    assert [row["content_id"] for row in files["interactions.jsonl"]] == known
    assert [row["content_id"] for row in files["dismissals.jsonl"]] == known
    assert [row["parent_id"] for row in files["jobs.jsonl"]] == known
    albums = files["albums.jsonl"]
    assert [row["cover_id"] for row in albums if row["kind"] == "album"] == known
    assert [row["content_id"] for row in albums if row["kind"] == "item"] == known
    assert [row["person"] for row in files["follows.jsonl"]] == [bob.username]
    assert [row["comment"] for row in files["interactions.jsonl"]] == ["Oh"] * 3


def test_an_export_says_what_is_in_the_trash_what_was_reported_and_what_was_dismissed(
    client: Client, alice: User, bob: User
) -> None:
    library = Library.objects.create(name="Shelf", folder="/srv/shelf")
    kept, trashed, held = (ContentItemFactory(creator=alice, media_file=MediaFileFactory()) for _ in range(3))
    ContentItem.objects.filter(pk=kept.pk).update(library=library)
    move_to_trash(ContentItem.objects.filter(pk=trashed.pk), now=EPOCH)
    ContentItem.objects.filter(pk=held.pk).update(is_private=True, held_at=EPOCH)
    secret, theirs = ContentItemFactory(is_private=True), ContentItemFactory(creator=bob)
    for reporter, content in ((alice, theirs), (alice, secret), (bob, theirs), (bob, kept)):
        Report.objects.create(reporter=reporter, kind="work", content=content, reason="spam", text=f"By {reporter.pk}")
    Muted.objects.create(user=alice, kind="follow")
    Muted.objects.create(user=bob, kind="job")
    for owner, works in ((alice, [kept, held]), (bob, [kept, trashed])):
        dismiss(owner, [work.pk for work in works])
    DismissedPair.objects.create(owner=bob, first=kept.media_file, second=held.media_file)
    alice.preferences = {"picture": "0" * 16}
    alice.save()
    client.force_login(alice)
    files = files_of(client.post(EXPORT))
    moment = EPOCH.isoformat().replace("+00:00", "Z")
    said = {row["id"]: (row["library"], row["trashed_at"], row["held_at"]) for row in files["works.jsonl"]}
    assert said == {kept.pk: ("Shelf", None, None), trashed.pk: (None, moment, None), held.pk: (None, None, moment)}
    assert [row["was_private"] for row in files["works.jsonl"] if row["id"] == trashed.pk] == [False]
    reports = [(row["content_id"], row["reason"], row["text"], row["outcome"]) for row in files["reports.jsonl"]]
    assert reports == [(pk, "spam", f"By {alice.pk}", "") for pk in (theirs.pk, None)]
    assert files["muted.jsonl"] == [{"kind": "follow"}]
    [pair] = files["no_duplicates.jsonl"]
    assert pair["files"] == [bytes(work.media_file.sha256).hex() for work in (kept, held)]
    address = files["account.jsonl"][0]["picture"]
    assert address == f"http://testserver/portraits/{alice.pk}/{'0' * 16}-320.webp"


def test_the_page_that_closes_an_account_says_what_goes_and_how_to_keep_it(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get("/accounts/me/delete/")
    said = " ".join(texts(page, "p"))
    named = ("private works", "in the trash", "albums", "saved searches", "whom you follow", "jobs", "recommendations")
    assert [name for name in named if name not in said] == []
    assert {"/accounts/me/", "/export/?list=works"} <= set(hrefs(page, "a"))


def test_an_export_is_limited_and_asked_for_by_a_form(client: Client, alice: User, rates: dict[str, str]) -> None:
    assert client.post(EXPORT).status_code == 302
    client.force_login(alice)
    assert client.get(EXPORT).status_code == 405
    under_way = client.post(EXPORT)
    assert client.post(EXPORT).status_code == 429
    files_of(under_way)
    rates["export"] = "2/day"
    files_of(client.post(EXPORT))
    assert [client.post(EXPORT).status_code for _ in range(2)] == [429] * 2
    rates["export"] = "3/day"
    files_of(client.post(EXPORT))


def test_queries_grow_with_batches_and_not_with_rows(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(alice)
    album = AlbumFactory(owner=alice)
    counts = []
    for _ in range(2):
        for work in ContentItemFactory.create_batch(5, creator=alice):
            InteractionFactory(user=alice, content=work)
            GenerationJobFactory(user=alice, parent=work)
            Dismissal.objects.create(user=alice, content=work)
        add_works(album, alice, list(ContentItem.objects.values_list("pk", flat=True)))
        with CaptureQueriesContext(connection) as queries:
            assert len(files_of(client.post(EXPORT))["works.jsonl"]) == 5 * (len(counts) + 1)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 8])
def test_batches_have_each_row_once_in_order(db: None, rows: int) -> None:
    works = [ContentItemFactory(created_at=EPOCH) for _ in range(4)] + ContentItemFactory.create_batch(3)
    read = [work.pk for batch in in_batches(ContentItem.objects.all(), "created_at", "id", rows=rows) for work in batch]
    assert read == [work.pk for work in works]


def test_an_export_keeps_no_row_that_was_sent() -> None:
    alive = []

    def rows() -> Iterator[dict[str, str]]:
        for number in range(2_000):
            alive.append(number)
            yield {"text": "".join(sha256(f"{number} {part}".encode()).hexdigest() for part in range(10))}

    chunks = zipped({"a": rows()})
    first = next(chunks)
    assert len(first) < 4 * account_data.CHUNK_BYTES
    assert len(alive) < 2_000
    with ZipFile(io.BytesIO(first + b"".join(chunks))) as archive:
        assert len(archive.read("a.jsonl").splitlines()) == 2_000
