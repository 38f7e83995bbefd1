"""What moderators did to a work: its owner undoes none of it, by no way; staff alone release it."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from content import moderated
from content.models import HELD, ContentItem
from content.owners import set_privacy
from content.trash import move_to_trash, restore
from moderation.models import Report
from tests.content.test_import import Run, run
from tests.factories import ContentItemFactory, UserFactory
from tests.moderation.test_reports import QUEUE, SENT, act, report_of
from tests.pages.html import texts
from tests.races import outcome_behind
from users.levels import Level
from users.models import User

__all__ = ["run"]

ADMIN = "/admin/content/contentitem/"
TOO_LOW = "Moderators put this work at the level “Sensitive”: it cannot be lower."
ClientOf = Callable[[User | None], APIClient]


@pytest.fixture
def works(alice: User) -> list[ContentItem]:
    """Alice's: one that moderators hid and put at a level, and one that is hers alone."""
    held, free = ContentItemFactory.create_batch(2, creator=alice, title="Fog", is_private=True)
    moderated.hold(ContentItem.objects.filter(pk=held.pk))
    moderated.set_least_level(ContentItem.objects.filter(pk=held.pk), Level.SENSITIVE)
    return [ContentItem.objects.get(pk=work.pk) for work in (held, free)]


def states() -> list[tuple[bool, int]]:
    """Return privacy and level of all works."""
    return list(ContentItem.objects.order_by("pk").values_list("is_private", "level"))


def kept() -> tuple[bool, int]:
    """Return whether moderators hid the one work that there is, and its least level."""
    item = ContentItem.objects.get()
    return item.held_at is not None, item.least_level


def edited(item: ContentItem, **fields: str) -> dict[str, str]:
    """Return what the edit page sends."""
    return {"title": "Fog", "prompt": "", "tags": "", "updated_at": item.updated_at.isoformat(), **fields}


def test_the_edit_page_of_a_hidden_work_says_that_it_stays_private(
    client: Client, alice: User, works: list[ContentItem]
) -> None:
    client.force_login(alice)
    pages = [client.get(f"/content/{work.pk}/edit/").content.decode() for work in works]
    assert [HELD in page for page in pages] == [True, False]


@pytest.mark.parametrize("who", ["alice", "staff"])
def test_a_hidden_work_is_published_by_no_page(
    request: pytest.FixtureRequest, client: Client, works: list[ContentItem], who: str
) -> None:
    client.force_login(request.getfixturevalue(who))
    sent = [client.post(f"/content/{work.pk}/privacy/", {"is_private": "0"}) for work in works]
    assert ([answer.status_code for answer in sent], HELD in sent[0].content.decode()) == ([400, 303], True)
    refused = client.post(f"/content/{works[0].pk}/edit/", edited(works[0], level="1"))
    assert (refused.status_code, HELD in refused.content.decode()) == (200, True)
    lowered = client.post(f"/content/{works[0].pk}/edit/", edited(works[0], level="0", is_private="on"))
    assert (lowered.status_code, TOO_LOW in lowered.content.decode()) == (200, True)
    assert states() == [(True, 1), (False, 0)]
    page = client.get(f"/content/{works[0].pk}/")
    assert (HELD in texts(page, "p"), "Make public" in texts(page, "button")) == (True, False)
    changed = edited(works[0], level="2", is_private="on", title="Mist")
    assert client.post(f"/content/{works[0].pk}/edit/", changed).status_code == 303
    assert states()[0] == (True, 2)


def test_a_hidden_work_is_published_by_no_request(
    client_of: ClientOf, works: list[ContentItem], alice: User, bob: User, staff: User
) -> None:
    for who, status in ((alice, 400), (bob, 404), (staff, 400)):
        for fields, name in (({"is_private": False}, "is_private"), ({"level": "general"}, "level")):
            answer = client_of(who).patch(f"/api/v1/content/{works[0].pk}/", fields, format="json")
            assert answer.status_code == status
            said = {"is_private": [HELD], "level": [TOO_LOW]}[name]
            assert status == 404 or answer.json()["errors"] == {name: said}
    assert states()[0] == (True, 1)
    sent = {"title": "Mist", "is_private": True, "level": "explicit"}
    assert client_of(alice).patch(f"/api/v1/content/{works[0].pk}/", sent, format="json").status_code == 200


def test_a_work_that_is_hidden_while_it_is_published_stays_private(transactional_db: None) -> None:
    owner = UserFactory()
    item = ContentItemFactory(creator=owner, is_private=True)
    client = APIClient()
    client.force_login(owner)
    address = f"/api/v1/content/{item.pk}/"
    answer = outcome_behind(
        lambda: moderated.hold(ContentItem.objects.all()),
        lambda: client.patch(address, {"is_private": False}, format="json"),
    )
    assert (answer.status_code, answer.json()["errors"]) == (400, {"is_private": [HELD]})
    moderated.release(ContentItem.objects.all())
    outcome_behind(lambda: moderated.hold(ContentItem.objects.all()), lambda: set_privacy(item, is_private=False))
    assert states() == [(True, 0)]


def test_many_at_once_leave_hidden_works_alone(client: Client, works: list[ContentItem], alice: User) -> None:
    client.force_login(alice)
    sent = {"scope": "all", "query": "creator=alice"}
    said = [
        client.post("/selection/act/", {**sent, "action": action, "level": "general"}).json()["said"]
        for action in ("publish", "level")
    ]
    assert said == [
        "1 work made public. 1 work left alone: hidden by moderators.",
        "0 works put at another level. 1 work was so already. 1 work left alone: put at a higher level by moderators.",
    ]
    assert states() == [(True, 1), (False, 0)]


def test_undoing_many_at_once_does_not_undo_moderators(client: Client, alice: User) -> None:
    ContentItemFactory.create_batch(2, creator=alice)
    client.force_login(alice)
    sent = {"scope": "all", "query": "creator=alice"}
    deeds = ({"action": "hide"}, {"action": "level", "level": "explicit"})
    undos = [client.post("/selection/act/", {**sent, **deed}).json()["undo"] for deed in deeds]
    first = ContentItem.objects.order_by("pk")[:1].values("pk")
    moderated.hold(ContentItem.objects.filter(pk__in=first))
    moderated.set_least_level(ContentItem.objects.filter(pk__in=first), Level.EXPLICIT)
    for undo in reversed(undos):
        assert client.post(undo).json()["said"] == "Undone: 1 work as before. 1 work had changed meanwhile."
    assert states() == [(True, 2), (False, 0)]


@pytest.mark.parametrize("is_first_trashed", [True, False])
def test_the_trash_gives_a_hidden_work_back_as_a_private_one(alice: User, is_first_trashed: bool) -> None:
    ContentItemFactory(creator=alice)
    works = ContentItem.objects.all()
    for do in (move_to_trash, moderated.hold) if is_first_trashed else (moderated.hold, move_to_trash):
        assert do(works) == 1
    assert (restore(works), states()) == (1, [(True, 0)])
    moderated.release(works)
    set_privacy(ContentItem.objects.get(), is_private=False)
    assert states() == [(False, 0)]


def test_an_import_publishes_no_hidden_work(run: Run) -> None:
    line = {"source_id": "a", "title": "Fog", "creator": "Ada", "is_private": False, "level": "general"}
    run(line)
    moderated.hold(ContentItem.objects.all())
    moderated.set_least_level(ContentItem.objects.all(), Level.SENSITIVE)
    assert "1 unchanged" in run(line).out
    assert "1 updated" in run({**line, "title": "Mist"}).out
    assert states() == [(True, 1)]


# --- Staff


def test_the_queue_hides_and_releases_works_and_takes_reports_again(
    client: Client, alice: User, bob: User, staff: User
) -> None:
    item = ContentItemFactory(creator=alice)
    address = f"/report/work/{item.pk}/"
    client.force_login(bob)
    client.post(address, SENT)
    client.force_login(staff)
    act(client, "hide_works", list(Report.objects.all()))
    act(client, "mark_sensitive", list(Report.objects.all()))
    assert kept() == (True, 1)
    act(client, "release_works", list(Report.objects.all()))
    act(client, "mark_general", list(Report.objects.all()))
    assert kept() == (False, 0)
    set_privacy(item, is_private=False)
    client.force_login(bob)
    assert "Report" in texts(client.get(address), "button")
    assert [client.post(address, SENT).status_code for _ in range(2)] == [303, 303]
    assert list(Report.objects.order_by("pk").values_list("is_open", flat=True)) == [False, True]


def test_the_admin_hides_and_releases_works(client: Client, works: list[ContentItem], staff: User) -> None:
    client.force_login(staff)
    shown = client.get(ADMIN)
    assert sorted(texts(shown, "td", class_="field-visibility")) == ["Hidden by moderators", "Private"]
    ticked = {"_selected_action": [work.pk for work in works]}
    client.post(ADMIN, {"action": "hold", **ticked})
    assert ContentItem.objects.filter(held_at=None).count() == 0
    client.post(ADMIN, {"action": "release", **ticked})
    client.post(ADMIN, {"action": "mark_explicit", **ticked})
    held = ContentItem.objects.exclude(held_at=None)
    assert (held.count(), states(), ContentItem.objects.filter(least_level=2).count()) == (0, [(True, 2)] * 2, 2)
    form = {"title": "Fog", "content_type": "image", "seed": "1", "tags": "", "metadata": "{}", "is_private": "on"}
    address = f"{ADMIN}{works[0].pk}/change/"
    assert client.post(address, {**form, "level": "0", "least_level": "2"}).status_code == 200
    assert client.post(address, {**form, "level": "0", "least_level": "0"}).status_code == 302
    assert states()[0] == (True, 0)


def test_the_queue_s_deeds_are_for_staff_who_may_change_works(client: Client, bob: User) -> None:
    row = report_of(ContentItemFactory(), "work")
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    client.force_login(bob)
    for action in ("hide_works", "release_works"):
        assert act(client, action, [row]).status_code == 403
    assert client.get(QUEUE).status_code == 403
