"""An account that is deactivated has its name in no answer: its public items stay, and are nobody's."""

import pytest
from django.http import QueryDict
from django.test import Client
from rest_framework.test import APIClient

from content.listings import PersonListing
from content.models import ContentItem
from content.selecting import selectable_of
from culling.tasks import works_of
from genonaut import flags
from genonaut.pagination import totals
from genonaut.pagination.models import StoredCursor
from tests.factories import AutoContentItemFactory, ContentItemFactory, UserFactory
from tests.pages.html import titles
from users.models import User

CONTENT = "/api/v1/content/"


@pytest.fixture
def vera(db: None) -> User:
    """She made two public items and a private one, and was deactivated."""
    vera = UserFactory(username="vera-vanished", name="Vera Gone")
    ContentItemFactory(creator=vera, title="First")
    AutoContentItemFactory(creator=vera, title="Second")
    ContentItemFactory(creator=vera, is_private=True, title="Hidden")
    User.objects.filter(pk=vera.pk).update(is_active=False)
    return vera


def addresses(item: ContentItem) -> list[str]:
    """Return all that shows items to whoever may see them: pages, fragments and the API, in any order and filtered."""
    work = f"/content/{item.pk}/"
    api = ["", "?sort=quality_score", "?order=asc&page_size=1", "?content_type=image", "?q=First", f"{item.pk}/"]
    api += [f"{item.pk}/position/", "histogram/", f"?creator={item.creator_id}"]
    return ["/", "/?view=scroll", work, *(CONTENT + query for query in api), "/api/v1/content-auto/"]


@pytest.mark.parametrize("viewer", [None, "bob", "stella"])
def test_no_answer_holds_the_name(client: Client, vera: User, viewer: str | None) -> None:
    item = ContentItem.objects.get(title="First")
    if viewer:
        client.force_login(UserFactory(username=viewer, is_staff=viewer == "stella"))
    asked = [(True, url, accept) for url in addresses(item) for accept in ("application/json", "text/html")]
    # What is not JSON is the same.
    asked += [(False, url, "application/json") for url in addresses(item) if url.startswith("/api/")]
    for is_on, url, accept in asked:
        flags.remember(frozenset() if is_on else {flags.Flag.JSON_FROM_DATABASE}, seconds=None)
        answer = client.get(url, headers={"Accept": accept})
        text = answer.content.decode()
        assert (answer.status_code, "vanished" in text, "Vera" in text) == (200, False, False), (url, accept)


def test_the_items_stay_without_a_creator(api: APIClient, vera: User) -> None:
    shown = {item["title"]: item["creator"] for item in api.get(CONTENT).json()["items"]}
    assert shown == {"First": None, "Second": None}


def test_the_username_finds_nothing_and_the_profile_is_gone(client: Client, vera: User) -> None:
    found = [client.get(f"{CONTENT}?creator={name}").json()["pagination"]["total_count"] for name in ("vera-vanished",)]
    profiles = [
        client.get(path).status_code for path in ("/users/vera-vanished/", "/fragments/users/vera-vanished/list/")
    ]
    assert (found, profiles) == ([0], [404, 404])


@pytest.mark.parametrize("username", [None, "alice"])
@pytest.mark.parametrize("sort", ["created_at", "quality_score", "likes"])
def test_the_id_finds_nothing(client: Client, vera: User, username: str | None, sort: str) -> None:
    if username:
        client.force_login(UserFactory(username=username))
    found = client.get(f"{CONTENT}?creator={vera.pk}&sort={sort}").json()
    assert (found["items"], found["pagination"]["total_count"]) == ([], 0)
    for address in ("/", "/fragments/works/", "/fragments/list/"):
        assert titles(client.get(f"{address}?creator={vera.pk}&sort={sort}")) == []


def test_no_cursor_and_no_anchors_lead_to_the_works(
    client: Client, vera: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "COUNT_BUDGET", 1)
    monkeypatch.setattr(totals, "LARGE_COUNT_BUDGET", 1)
    User.objects.filter(pk=vera.pk).update(is_active=True)
    url = f"{CONTENT}?creator={vera.pk}&page_size=1"
    link = client.get(url).json()["pagination"]["next_cursor"]
    assert StoredCursor.objects.exists()
    User.objects.filter(pk=vera.pk).update(is_active=False)
    for address in (url, f"{url}&cursor={link}"):
        assert client.get(address).json()["items"] == []


def test_staff_see_them_on_the_profile(client: Client, vera: User, staff: User) -> None:
    client.force_login(staff)
    assert set(titles(client.get("/users/vera-vanished/"))) == {"First", "Second", "Hidden"}


def test_all_works_of_the_profile_are_selected_by_staff_alone(vera: User, staff: User, alice: User) -> None:
    listing = PersonListing(staff, QueryDict(), fixed={"creator": str(vera.pk)})
    selected = selectable_of(listing, listing.page())
    assert selected is not None
    assert set(works_of(staff, selected.query)) == set(ContentItem.objects.values_list("pk", flat=True))
    assert list(works_of(alice, selected.query)) == []


def test_the_name_goes_from_cached_lists_and_comes_back_with_the_account(client: Client, vera: User) -> None:
    User.objects.filter(pk=vera.pk).update(is_active=True)
    for url in (CONTENT, "/"):
        shown = client.get(url)
        assert "vera-vanished" in shown.content.decode()
        User.objects.filter(pk=vera.pk).update(is_active=False)
        hidden = client.get(url, headers={"If-None-Match": shown.headers["ETag"]})
        assert (hidden.status_code, "vera-vanished" in hidden.content.decode()) == (200, False)
        User.objects.filter(pk=vera.pk).update(is_active=True)
        back = client.get(url, headers={"If-None-Match": hidden.headers["ETag"]})
        assert (back.status_code, "vera-vanished" in back.content.decode()) == (200, True)
