"""A work that moderators hid or put at a level, deleted and sent again: what they decided holds for it."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from django.test import Client

from content import moderated
from content.bookkeeping import PastDecision
from content.models import ContentItem
from content.owners import delete_item
from content.trash import expire, move_to_trash
from content.worker_tasks import empty_trashes
from genonaut import deletions
from interactions.merging import merge
from libraries.folders import unregister
from media.models import GenerativeModel
from moderation import reporting
from tests.content.test_uploading import take
from tests.factories import EPOCH, OUTSIDE_CALENDAR, ContentItemFactory, InteractionFactory, UserFactory
from tests.media.files import library_at, placed
from tests.uploads.files import picture
from tests.uploads.test_sent_again import png_with_prompt
from users.accounts import delete_account
from users.levels import Level
from users.models import User

pytestmark = pytest.mark.usefixtures("db", "own_folders")
CONTENT = picture()


def taken(content: bytes, owner: User, **said: object) -> ContentItem:
    """Send a file; return its work."""
    return take(content, "a.png", owner, **said)


def delete_for_good(item: ContentItem) -> None:
    """Delete a work as its owner does."""
    works = ContentItem.objects.filter(pk=item.pk)
    move_to_trash(works)
    expire(works)
    empty_trashes()
    assert not works.exists()


def decided(item: ContentItem) -> tuple[bool, bool, int, int]:
    """Return what a work shows, and what moderators decided about it."""
    return item.is_private, item.held_at is not None, item.level, item.least_level


def test_a_work_that_comes_again_is_as_moderators_left_it(alice: User, bob: User) -> None:
    item = taken(CONTENT, alice)
    moderated.hold(ContentItem.objects.all())
    moderated.set_least_level(ContentItem.objects.all(), Level.SENSITIVE)
    # As often as its owner likes.
    for level in (Level.GENERAL, Level.EXPLICIT):
        delete_for_good(item)
        item = taken(CONTENT, alice, level=level)
        assert decided(item) == (True, True, max(level, Level.SENSITIVE), Level.SENSITIVE)
    # Another's is another work.
    assert decided(taken(CONTENT, bob)) == (False, False, Level.GENERAL, Level.GENERAL)


def test_a_work_that_was_released_comes_again_as_it_is_sent(alice: User) -> None:
    item = taken(CONTENT, alice)
    moderated.hold(ContentItem.objects.all())
    delete_for_good(item)
    item = taken(CONTENT, alice)
    moderated.release(ContentItem.objects.all())
    delete_for_good(item)
    assert decided(taken(CONTENT, alice)) == (False, False, Level.GENERAL, Level.GENERAL)


def test_a_work_that_is_hidden_while_it_is_deleted_is_hidden_when_it_comes_again(alice: User) -> None:
    item = taken(CONTENT, alice)
    moderated.hold(ContentItem.objects.all())
    delete_item(item)  # as it was read before
    assert taken(CONTENT, alice).held_at is not None


def test_a_hidden_work_that_was_merged_into_another_is_hidden_when_it_comes_again(alice: User) -> None:
    kept, other = taken(picture(1), alice), taken(picture(2), alice)
    moderated.hold(ContentItem.objects.filter(pk=other.pk))
    merge(alice, kept.pk, [other.pk])
    assert taken(picture(2), alice).held_at is not None


def test_a_hidden_work_whose_library_was_removed_is_hidden_when_it_comes_again(alice: User, tmp_path: Path) -> None:
    library = library_at(tmp_path / "kept", owner=alice)
    ContentItemFactory(creator=alice, library=library, media_file=placed(CONTENT, library, "a.png"))
    moderated.hold(ContentItem.objects.all())
    unregister(library, lambda _rows: None)
    assert taken(CONTENT, alice).held_at is not None


@pytest.mark.parametrize("place", ["the queue of reports", "the list of users"])
def test_a_hidden_work_that_staff_deleted_with_all_others_is_hidden_when_it_comes_again(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    taken(CONTENT, alice)
    taken(picture(1), alice)
    moderated.hold(ContentItem.objects.filter(media_file__sha256=sha256(CONTENT).digest()))
    InteractionFactory.create_batch(5, content=ContentItem.objects.get(held_at__isnull=False))
    chief = UserFactory(is_staff=True, is_superuser=True)
    # In batches of a row.
    monkeypatch.setattr(deletions, "REQUEST_SECONDS", 0)
    monkeypatch.setattr(deletions, "REQUEST_ROWS", 1)
    monkeypatch.setattr(deletions, "FEWEST_ROWS", 1)
    if place == "the queue of reports":
        reporting.delete_all_works([alice], chief)
    else:
        client.force_login(chief)
        sent = {"action": "delete_all_works", "index": "0", "_selected_action": [alice.pk], "post": "yes"}
        assert client.post("/admin/users/user/", sent).status_code == 302
    assert deletions.Worker().work(seconds=60)
    assert (ContentItem.objects.count(), PastDecision.objects.count()) == (0, 1)
    assert [taken(content, alice).held_at is not None for content in (CONTENT, picture(1))] == [True, False]


def test_a_hidden_work_that_goes_in_batches_is_hidden_when_it_comes_again(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = taken(CONTENT, alice)
    moderated.hold(ContentItem.objects.all())
    InteractionFactory.create_batch(5, content=item)
    monkeypatch.setattr(deletions, "FEWEST_ROWS", 3)
    delete_item(item)
    assert deletions.Worker().work(seconds=60)
    assert (ContentItem.objects.count(), PastDecision.objects.count()) == (0, 1)
    assert taken(CONTENT, alice).held_at is not None


def test_the_names_in_a_work_that_is_hidden_as_it_comes_are_told_to_none(alice: User) -> None:
    item = taken(png_with_prompt(), alice, is_private=True)
    moderated.hold(ContentItem.objects.all())
    delete_for_good(item)
    taken(png_with_prompt(), alice)
    assert not GenerativeModel.objects.get(name="secretxl").is_name_public


def test_decisions_go_with_the_account(alice: User) -> None:
    taken(CONTENT, alice)
    moderated.hold(ContentItem.objects.all())
    delete_item(ContentItem.objects.get())
    assert PastDecision.objects.count() == 1
    taken(picture(1), alice)
    moderated.hold(ContentItem.objects.all())
    delete_account(alice)
    assert (User.objects.filter(pk=alice.pk).exists(), PastDecision.objects.exists()) == (False, False)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("past_decision_sha256_32_bytes", {"sha256": b"short"}),
        ("past_decision_says_one", {"held_at": None}),
        ("past_decision_level_known", {"least_level": 3}),
        *(("past_decision_in_calendar", {"held_at": time}) for time in OUTSIDE_CALENDAR),
    ],
)
def test_the_database_refuses_a_decision_that_breaks_a_rule(
    alice: User, violated: Callable[[Callable[[], object]], str], name: str, fields: dict[str, object]
) -> None:
    row = PastDecision(**{"creator": alice, "sha256": bytes(32), "held_at": EPOCH, **fields})
    assert violated(lambda: PastDecision.objects.bulk_create([row])) == name
