"""Conditional requests: 304 as long as nothing that the list shows has changed, and only then; nothing hidden tells."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from content.models import ContentItem
from genonaut import flags
from tests.factories import ContentItemFactory, UserFactory
from users.models import User

CONTENT = "/api/v1/content/?page_size=2"
PAGES = [CONTENT, "/?page_size=2", "/api/v1/content/histogram/?by=day"]
Change = Callable[[ContentItem], object]


@pytest.fixture
def item(db: None) -> ContentItem:
    """Return the newest of some public items of alice."""
    alice = UserFactory(username="alice")
    return [ContentItemFactory(creator=alice) for _ in range(5)][-1]


def etag(client: Client, url: str) -> str:
    return client.get(url).headers["ETag"]


def again(client: Client, url: str, known: str) -> int:
    return client.get(url, headers={"If-None-Match": known}).status_code


@pytest.mark.parametrize("url", PAGES)
def test_an_unchanged_list_is_a_304_without_a_body(client: Client, item: ContentItem, url: str) -> None:
    known = etag(client, url)
    answer = client.get(url, headers={"If-None-Match": known})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", known)


CHANGES: dict[str, Change] = {
    "a row came": lambda item: ContentItemFactory(creator=None),
    "a row went": lambda item: item.delete(),
    "a title": lambda item: ContentItem.objects.filter(pk=item.pk).update(title="Another"),
    "a score": lambda item: ContentItem.objects.filter(pk=item.pk).update(quality_score=0.123),
    "hidden": lambda item: ContentItem.objects.filter(pk=item.pk).update(is_private=True),
    "the creator's name": lambda item: User.objects.filter(pk=item.creator_id).update(name="Alice A."),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("url", PAGES[:2])
def test_a_list_that_changed_is_sent_anew(client: Client, item: ContentItem, url: str, change: Change) -> None:
    known = etag(client, url)
    change(item)
    assert again(client, url, known) == 200
    assert etag(client, url) != known


OTHER_CONDITIONS = (
    {"If-Match": '"old"'},
    {"If-Match": "*", "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    {"If-Range": '"old"', "Range": "bytes=0-1"},
)


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("old", [{}, {"If-None-Match": '"old"'}])
@pytest.mark.parametrize("condition", OTHER_CONDITIONS, ids=str)
def test_other_conditions_than_if_none_match_are_passed_over(
    client: Client, item: ContentItem, url: str, old: dict[str, str], condition: dict[str, str]
) -> None:
    """A list that changed was an empty 412."""
    known = client.get(url)
    answer = client.get(url, headers={**condition, **old})
    assert (answer.status_code, answer.content) == (200, known.content)
    assert answer.headers["ETag"] == known.headers["ETag"]
    assert client.get(url, headers={**condition, "If-None-Match": f"W/{known.headers['ETag']}"}).status_code == 304


UNSEEN: dict[str, Change] = {
    "a private row came": lambda item: ContentItemFactory(creator=None, is_private=True),
    "an update of nothing": lambda item: ContentItem.objects.filter(pk=item.pk).update(title=item.title),
    "a sign-in": lambda item: User.objects.filter(pk=item.creator_id).update(last_login="2030-01-01T00:00:00Z"),
}


@pytest.mark.parametrize("change", UNSEEN.values(), ids=UNSEEN.keys())
@pytest.mark.parametrize("url", PAGES)
def test_what_the_viewer_cannot_see_leaves_the_etag(
    client: Client, item: ContentItem, url: str, change: Change
) -> None:
    """Trap 10."""
    known = etag(client, url)
    change(item)
    assert again(client, url, known) == 304


@pytest.mark.django_db(transaction=True)
def test_ones_own_private_rows_are_part_of_ones_etag(api: APIClient, item: ContentItem) -> None:
    """In transactions of their own, by which PostgreSQL tells the versions of a row."""
    bob = UserFactory(username="bob")
    private = ContentItemFactory(creator=item.creator, is_private=True)
    known = {}
    for viewer in (item.creator, bob):
        api.force_authenticate(viewer)
        known[viewer.username] = etag(api, CONTENT)
    ContentItem.objects.filter(pk=private.pk).update(title="Still mine")
    found = {}
    for viewer in (item.creator, bob):
        api.force_authenticate(viewer)
        found[viewer.username] = again(api, CONTENT, known[viewer.username])
    assert found == {"alice": 200, "bob": 304}


def test_viewers_pages_sizes_switches_and_kinds_have_etags_of_their_own(client: Client, item: ContentItem) -> None:
    urls = [CONTENT, f"{CONTENT}&page=2", "/api/v1/content/?page_size=3", f"{CONTENT}&order=asc", "/?page_size=2"]
    known = [etag(client, url) for url in urls]
    known.append(client.get(CONTENT, headers={"Accept": "text/html"}).headers["ETag"])
    flags.turn(flags.Flag.JSON_FROM_DATABASE, is_on=False)
    known.append(etag(client, CONTENT))
    flags.turn(flags.Flag.CURSOR_PAGINATION, is_on=False)
    known.append(etag(client, CONTENT))
    client.force_login(item.creator)
    known.append(etag(client, CONTENT))
    assert len(set(known)) == 9


@pytest.mark.parametrize("url", ["/api/v1/content/?tag=sea", "/?q=item", "/api/v1/interactions/"])
def test_a_list_that_is_not_read_by_rank_has_no_etag(client: Client, item: ContentItem, url: str) -> None:
    client.force_login(item.creator)
    answer = client.get(url)
    assert (answer.status_code, answer.has_header("ETag")) == (200, False)


@pytest.mark.parametrize("url", ["/", "/api/v1/content/", "/api/v1/content/histogram/", "/api/v1/users/"])
def test_caches_may_share_what_everybody_sees_and_nothing_else(client: Client, item: ContentItem, url: str) -> None:
    assert client.get(url).headers["Cache-Control"] == "no-cache, public"
    client.force_login(item.creator)
    assert client.get(url).headers["Cache-Control"] == "no-cache, private"
    assert "Cookie" in client.get(url).headers["Vary"]


def test_a_private_work_is_kept_by_no_shared_cache(client: Client, item: ContentItem) -> None:
    private = ContentItemFactory(creator=item.creator, is_private=True)
    client.force_login(item.creator)
    urls = [private.get_absolute_url(), reverse("api:content-detail", args=[private.pk])]
    urls.append(f"/api/v1/content/{private.pk}/position/")
    assert ["private" in client.get(url).headers["Cache-Control"] for url in urls] == [True] * 3
