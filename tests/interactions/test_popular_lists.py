"""Lists by likes and by popularity: their order, totals and versions, and what private works must not tell."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from albums.items import add_works
from content.listings import ContentListing
from content.models import ContentItem
from genonaut.pagination.totals import Total, TotalKind
from genonaut.pagination.versions import rows_version
from interactions.counting import compact
from interactions.likes import set_mark
from interactions.models import Kind
from tests.factories import AlbumFactory, ContentItemFactory, InteractionFactory, UserFactory
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def works(alice: User) -> list[ContentItem]:
    """Three works with 2, 0 and 1 likes, the last of this week, and a private one of alice's with 3."""
    first, second, third = (ContentItemFactory(creator=alice, title=f"Work {number}") for number in range(3))
    secret = ContentItemFactory(creator=alice, is_private=True, title="Secret")
    for item, likes in ((first, 2), (secret, 3)):
        InteractionFactory.create_batch(likes, content=item, kind=Kind.LIKE)
    InteractionFactory(content=third, kind=Kind.LIKE, created_at=timezone.now())
    compact()
    return [first, second, third, secret]


def test_works_are_sorted_by_likes_and_popularity(works: list[ContentItem], alice: User, bob: User) -> None:
    first, second, third, secret = works
    expected = {
        "sort=likes": [first, third, second],
        "sort=likes&order=asc": [second, third, first],
        "sort=popular": [third, second, first],
        "sort=likes&content_type=image": [first, third, second],
        "sort=likes&creator=alice": [first, third, second],
    }
    for query, items in expected.items():
        for viewer in (AnonymousUser(), bob):
            assert ContentListing(viewer, QueryDict(query)).page().items == items, query
    assert ContentListing(alice, QueryDict("sort=likes")).page().items == [secret, first, third, second]


@pytest.mark.parametrize("query", ["", "content_type=image", "source=user", "created_after=2020-01-01"])
def test_totals_are_taken_from_the_ranking_by_date(
    works: list[ContentItem], alice: User, staff: User, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that counting rows would tell less.
    monkeypatch.setattr("genonaut.pagination.totals.COUNT_BUDGET", 1)
    monkeypatch.setattr("genonaut.pagination.totals.LARGE_COUNT_BUDGET", 1)
    for viewer, total in ((AnonymousUser(), 3), (alice, 4), (staff, 4)):
        listing = ContentListing(viewer, QueryDict(f"{query}&sort=likes&page_size=1"))
        assert listing.planner.plain_pages.total == Total(total, TotalKind.EXACT)


@pytest.mark.parametrize("address", ["/", "/fragments/works/", "/api/v1/content/", "/?content_type=image"])
def test_a_like_is_shown_at_once_and_changes_the_etag(
    client: Client, works: list[ContentItem], bob: User, address: str
) -> None:
    """Before and after it is moved; one that is taken off again too."""
    tags = [client.get(address)["ETag"]]
    set_mark(bob, works[1].pk, Kind.LIKE, is_on=True)
    answer = client.get(address)
    tags.append(answer["ETag"])
    if "json" in answer["Content-Type"]:
        assert {item["id"]: item["like_count"] for item in answer.json()["items"]}[works[1].pk] == 1
    compact()
    tags.append(client.get(address)["ETag"])
    set_mark(bob, works[1].pk, Kind.LIKE, is_on=False)
    tags.append(client.get(address)["ETag"])
    assert len(set(tags)) == len(tags)
    assert client.get(address, headers={"If-None-Match": tags[-1]}).status_code == 304


@pytest.mark.parametrize("viewer", ["alice", "bob", "staff", None])
def test_a_like_is_shown_at_once_on_the_cards_of_an_album(
    request: pytest.FixtureRequest, client: Client, works: list[ContentItem], alice: User, viewer: str | None
) -> None:
    album = AlbumFactory(owner=alice, is_public=True)
    add_works(album, alice, [works[1].pk])
    # Accounts that come change the version as well.
    address, liker, tags, counts = f"/albums/{album.pk}/", UserFactory(), [], []
    if viewer is not None:
        client.force_login(request.getfixturevalue(viewer))
    for happens in (compact, lambda: set_mark(liker, works[1].pk, Kind.LIKE, is_on=True), compact):
        happens()
        page = client.get(address, headers={"If-None-Match": ", ".join(tags)})
        assert page.status_code == 200
        tags.append(page["ETag"])
        counts.append([item.like_count for item in page.context["page"].items])
    assert counts == [[0], [1], [1]]
    assert client.get(address, headers={"If-None-Match": tags[-1]}).status_code == 304


def test_likes_of_private_works_show_in_no_others_version(works: list[ContentItem], alice: User, bob: User) -> None:
    def versions() -> list[str | None]:
        viewers = (AnonymousUser(), bob, alice)
        return [ContentListing(viewer, QueryDict("")).version for viewer in viewers]

    before = versions()
    set_mark(alice, works[3].pk, Kind.LIKE, is_on=True)
    after = versions()
    assert after[:2] == before[:2]
    assert after[2] != before[2]


def test_views_change_no_etag_and_the_anchors_of_popular_lists(
    client: Client, works: list[ContentItem], bob: User
) -> None:
    def anchored(sort: str) -> str:
        return rows_version(ContentListing(AnonymousUser(), QueryDict(f"sort={sort}")).rows)

    before = client.get("/")["ETag"], anchored("likes"), anchored("popular")
    InteractionFactory(user=bob, content=works[0], kind=Kind.VIEW, created_at=timezone.now())
    compact()
    after = client.get("/")["ETag"], anchored("likes"), anchored("popular")
    assert after[:2] == before[:2]
    assert after[2] != before[2]
