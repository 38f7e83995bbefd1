"""An account and a work that go with all that hangs on them: what is left, table by table, and what others then see."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from albums.items import add_works, set_cover
from albums.models import Album, AlbumItem
from catalog.totals import works_tagged
from content.models import ContentItem
from content.owners import delete_item
from culling.actions import ACTIONS
from culling.models import BulkBatch, BulkTask
from culling.tasks import ask_for_works, undo
from exports.models import Export
from exports.parts import clear_expired
from genonaut.deletions import Worker
from interactions import comments
from interactions.likes import marks_on, set_mark
from interactions.models import Interaction, Kind
from interactions.rating import rate
from moderation import reporting
from moderation.models import Report
from notices.models import Muted, Notice
from people.follows import set_follow
from people.models import Follow
from recommendations.models import Dismissal, Neighbours, PopularWork, Recommendation, Refresh
from tests.factories import AlbumFactory, ContentItemFactory, RecommendationFactory
from users.accounts import delete_account
from users.models import ApiToken, PendingEmail, User, UserSession

# What an account has for itself.
OWN = (Token, ApiToken, PendingEmail, Muted, Refresh, Export, UserSession, Session)


@pytest.fixture
def worlds(alice: User, bob: User, staff: User, client: Client) -> dict[str, ContentItem]:
    """Works of alice's and of bob's, and all that the two do with them and with each other."""
    works = {
        "hers": ContentItemFactory(creator=alice, tags=["fog"]),
        "secret": ContentItemFactory(creator=alice, tags=["fog"], is_private=True),
        "his": ContentItemFactory(creator=bob, tags=["fog"]),
    }
    for user, name in ((alice, "his"), (bob, "hers"), (alice, "secret")):
        act(user, works[name])
    for user, other in ((alice, bob), (bob, alice)):
        set_follow(user, other.pk, is_on=True)
        reporting.report(user, reporting.thing_of("account", other.pk, user), reason="spam")
        hold(user, works)
    own_rows(alice)
    client.force_login(alice)
    client.get("/accounts/me/sessions/")
    return works


def act(user: User, work: ContentItem) -> None:
    """Do all that a member does with a work."""
    for kind in (Kind.LIKE, Kind.BOOKMARK):
        set_mark(user, work.pk, kind, is_on=True)
    rate(user, work.pk, 4)
    thread = comments.add(user, work.pk, "Fine")
    comments.add(work.creator, work.pk, "Thanks", parent_id=thread.pk)
    reporting.report(user, reporting.thing_of("work", work.pk, user), reason="spam")
    reporting.report(user, reporting.thing_of("comment", thread.pk, user), reason="spam")
    Dismissal.objects.create(user=user, content=work)
    PopularWork.objects.get_or_create(content=work, defaults={"score": 1})
    Neighbours.objects.get_or_create(content=work, kind="alike", defaults={"neighbours": [work.pk], "scores": [1.0]})


def hold(user: User, works: dict[str, ContentItem]) -> None:
    """Put both public works into an album of the user's, whose cover is hers, and recommend his because of hers."""
    album = AlbumFactory(owner=user, is_public=True)
    add_works(album, user, [works["hers"].pk, works["his"].pk])
    set_cover(album, works["hers"].pk)
    AlbumFactory(owner=user, query="tag=fog", is_public=True)
    RecommendationFactory(user=user, content=works["his"], because=works["hers"])
    RecommendationFactory(user=user, content=works["hers"])
    ask_for_works(user, ACTIONS["tag"], "sea", [work.pk for work in works.values()])


def own_rows(user: User) -> None:
    """Write what belongs to an account alone."""
    later = timezone.now() + timedelta(days=1)
    Token.objects.create(user=user)
    ApiToken.objects.create(user=user, name="backup", digest="0" * 64, expires_at=later)
    PendingEmail.objects.create(user=user, email="new@example.org")
    Muted.objects.create(user=user, kind="job")
    Refresh.objects.create(user=user)
    Export.objects.create(user=user, total=1)


def left() -> dict[str, int]:
    """Return how many rows there are, of each kind that the worlds have; "of" counts those that still name one."""
    done, reports = Interaction.objects, Report.objects
    return {
        "works": ContentItem.objects.count(),
        "works of creators": ContentItem.objects.exclude(creator=None).count(),
        "interactions": done.count(),
        "interactions of users": done.exclude(user=None).count(),
        "answers": done.exclude(parent=None).count(),
        "albums": Album.objects.count(),
        "covers": Album.objects.exclude(cover=None).count(),
        "items": AlbumItem.objects.count(),
        "notices": Notice.objects.count(),
        "reports": reports.count(),
        "reports of reporters": reports.exclude(reporter=None).count(),
        "reports of things": reports.exclude(content=None, comment=None, account=None).count(),
        "follows": Follow.objects.count(),
        "recommendations": Recommendation.objects.count(),
        "reasons": Recommendation.objects.exclude(because=None).count(),
        "dismissals": Dismissal.objects.count(),
        "neighbours": Neighbours.objects.count() + PopularWork.objects.count(),
        "tasks": BulkTask.objects.count() + BulkBatch.objects.count(),
        "own rows": sum(model._base_manager.count() for model in OWN),
    }


BEFORE = {
    "works": 3,
    "works of creators": 3,
    "interactions": 15,
    "interactions of users": 15,
    "answers": 3,
    "albums": 4,
    "covers": 2,
    "items": 4,
    # Of each other's comment, answer and following.
    "notices": 6,
    "reports": 8,
    "reports of reporters": 8,
    "reports of things": 8,
    "follows": 2,
    "recommendations": 4,
    "reasons": 2,
    "dismissals": 3,
    "neighbours": 6,
    "tasks": 4,
    "own rows": 8,
}


def test_an_account_goes_with_all_that_is_its_own(
    worlds: dict[str, ContentItem], alice: User, bob: User, client: Client, client_of: Callable[[User], APIClient]
) -> None:
    assert left() == BEFORE
    delete_account(alice)
    assert Worker().work(seconds=60)
    assert clear_expired() == 1
    kept = {"works": 2, "works of creators": 1, "interactions": 10, "interactions of users": 5, "answers": 2}
    albums = {"albums": 2, "covers": 1, "items": 2, "notices": 0, "follows": 0, "dismissals": 1, "neighbours": 4}
    reports = {"reports of reporters": 3, "reports of things": 5}
    others = {"recommendations": 2, "reasons": 1, "tasks": 2, "own rows": 0}
    assert left() == {**BEFORE, **kept, **albums, **reports, **others}
    assert (works_tagged("fog"), marks_on(bob, worlds["his"].pk).like_count) == (2, 1)
    page = client_of(bob).get(f"/content/{worlds['his'].pk}/comments/").content.decode()
    assert (alice.username in page, "Fine" in page, client.get("/accounts/me/").status_code) == (False, True, 302)


def test_a_work_goes_with_all_that_people_did_with_it(
    worlds: dict[str, ContentItem], bob: User, client: Client
) -> None:
    delete_item(worlds["hers"])
    assert Worker().work(seconds=60)
    done = {"works": 2, "works of creators": 2, "interactions": 10, "interactions of users": 10, "answers": 2}
    albums = {"covers": 0, "items": 2, "notices": 4, "reports of things": 6}
    others = {"recommendations": 2, "reasons": 0, "dismissals": 2, "neighbours": 4}
    assert left() == {**BEFORE, **done, **albums, **others}
    assert works_tagged("fog") == 1
    smart, by_hand = (Album.objects.get(owner=bob, query=query) for query in ("tag=fog", ""))
    totals = [
        APIClient().get(address).json()["pagination"]["total_count"]
        for address in (f"/api/v1/albums/{by_hand.pk}/items/", f"/api/v1/content/?{smart.query}")
    ]
    task = BulkTask.objects.get(user=bob)
    assert (totals, undo(task).unchanged) == ([1, 1], 0)
