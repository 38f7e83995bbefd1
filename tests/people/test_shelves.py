"""Lists of one's own works, shown as the gallery is: whose they are, what they hold, and what they cost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from genonaut import upkeep
from interactions import viewing
from interactions.models import Interaction, Kind
from interactions.viewing import PAUSED
from people import histories
from people.models import HistoryClearing, Picture
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.pages.html import elements, hrefs, texts, titles
from users.accounts import delete_account
from users.models import User

MARKED = {"/me/likes/": Kind.LIKE, "/me/bookmarks/": Kind.BOOKMARK}
# Session and user, anchors, total, keys, works.
PAGE_QUERIES = 6


def mark(user: User, item: ContentItem, kind: Kind, **fields: Any) -> Interaction:
    return InteractionFactory(user=user, content=item, kind=kind, **fields)


def addresses(path: str) -> list[str]:
    """Return the addresses of a list's page and fragments."""
    return [path, f"/fragments{path}works/", f"/fragments{path}list/"]


@pytest.mark.parametrize("path", MARKED)
def test_marks_are_shown_to_their_owner_alone_without_works_that_are_hidden_by_now(
    client: Client, alice: User, bob: User, staff: User, path: str
) -> None:
    kind = MARKED[path]
    [other] = set(MARKED.values()) - {kind}
    for number, (title, fields) in enumerate(
        {
            "Fog": {},
            "Hidden by bob": {"creator": bob, "is_private": True},
            "Her secret": {"creator": alice, "is_private": True},
        }.items()
    ):
        mark(
            alice, ContentItemFactory(title=title, **fields), kind, created_at=datetime(2025, 3, number + 1, tzinfo=UTC)
        )
    mark(alice, ContentItemFactory(title="Marked otherwise"), other)
    mark(bob, ContentItemFactory(title="His"), kind)
    shown = {}
    for user in (alice, bob, staff):
        client.force_login(user)
        answers = [client.get(address) for address in addresses(path)]
        shown[user.username] = [titles(answer) for answer in answers]
        assert (
            elements(answers[1], "section", id="works")[0]
            .attributes["data-range"]
            .startswith({"alice": "2 works", "bob": "1 work", "stella": ""}[user.username])
        )
    assert shown == {"alice": [["Her secret", "Fog"]] * 3, "bob": [["His"]] * 3, "stella": [[]] * 3}


@pytest.mark.parametrize("path", MARKED)
def test_who_is_not_signed_in_is_led_there_and_back(client: Client, db: None, path: str) -> None:
    page, works, whole = (client.get(address) for address in addresses(path))
    assert (page.status_code, page["Location"]) == (303, f"/accounts/login/?next={path}")
    assert [(part.status_code, part["HX-Redirect"]) for part in (works, whole)] == [
        (403, f"/accounts/login/?next={path}")
    ] * 2


def test_months_and_order_are_those_of_the_likes(client: Client, alice: User) -> None:
    for title, made, liked in (("old", 2020, 5), ("new", 2024, 4), ("newest", 2025, 4)):
        item = ContentItemFactory(title=title, created_at=datetime(made, 1, 1, tzinfo=UTC))
        mark(alice, item, Kind.LIKE, created_at=datetime(2025, liked, made % 20 + 1, tzinfo=UTC))
    client.force_login(alice)
    page = client.get("/me/likes/")
    assert titles(page) == ["old", "newest", "new"]
    assert texts(page, "h2", class_="month") == ["May 2025", "April 2025"]
    assert texts(page, "title") == ["Likes · Genonaut"]
    assert texts(page, "h1") == ["Likes"]
    assert titles(client.get("/me/likes/?order=asc")) == ["new", "newest", "old"]
    assert texts(client.get("/me/likes/?order=asc"), "title") == ["Likes · liked first · Genonaut"]


def test_its_pages_lead_on_by_number_and_by_cursor(client: Client, alice: User) -> None:
    for title in "abc":
        mark(alice, ContentItemFactory(title=title), Kind.LIKE)
    client.force_login(alice)
    first = client.get("/me/likes/?page_size=2")
    assert (titles(first), hrefs(first, "a", rel="next")) == (["c", "b"], ["?page_size=2&page=2"])
    assert titles(client.get("/me/likes/?page_size=2&page=2")) == ["a"]
    assert client.get("/me/likes/?page_size=2&page=3").status_code == 404
    cursor = elements(client.get("/me/likes/?page_size=2&view=scroll"), "section", id="works")[0]
    assert cursor.attributes["data-pages"] == "2"


def test_it_offers_no_search_and_no_filters(client: Client, alice: User) -> None:
    mark(alice, ContentItemFactory(title="Fog", content_type="text"), Kind.LIKE)
    client.force_login(alice)
    page = client.get("/me/likes/?content_type=image&q=harbour")
    assert titles(page) == ["Fog"]
    assert elements(page, "form", class_="filters") == elements(page, "nav", **{"aria-label": "Type of work"}) == []
    assert elements(page, "input", form="search-form") == []


def test_an_empty_list_says_what_it_is_for(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert "No likes yet" in texts(client.get("/me/likes/"), "h2")
    assert "No bookmarks yet" in texts(client.get("/me/bookmarks/"), "h2")


@pytest.mark.parametrize("count", [1, 20])
def test_a_page_takes_as_many_queries_whatever_it_shows(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for _ in range(count):
        mark(alice, ContentItemFactory(creator=UserFactory()), Kind.LIKE)
    client.force_login(alice)
    with django_assert_num_queries(PAGE_QUERIES):
        assert len(titles(client.get("/me/likes/"))) == count


# --- One's own works


def test_own_works_are_public_and_private_or_either(client: Client, alice: User, bob: User, staff: User) -> None:
    ContentItemFactory(title="open", creator=alice)
    ContentItemFactory(title="secret", creator=alice, is_private=True)
    ContentItemFactory(title="his secret", creator=bob, is_private=True)
    asked = {"": ["secret", "open"], "?visibility=public": ["open"], "?visibility=private": ["secret"]}
    client.force_login(alice)
    for query, expected in asked.items():
        answers = [client.get(address + query) for address in addresses("/me/works/")]
        assert [titles(answer) for answer in answers] == [expected] * 3
        assert texts(answers[0], "a", class_="chip") == (
            [] if not query else [f"Remove filter Seen by {query[12:].title()}"]
        )
    ContentItemFactory(title="official", creator=staff, is_private=True)
    client.force_login(staff)
    assert titles(client.get("/me/works/?visibility=private")) == ["official"]
    assert titles(client.get("/me/works/?visibility=public")) == []


def test_own_works_are_searched_and_filtered_as_the_gallery_is(client: Client, alice: User) -> None:
    ContentItemFactory(title="harbour", creator=alice, tags=["fog"])
    ContentItemFactory(title="mountain", creator=alice)
    ContentItemFactory(title="harbour of another", tags=["fog"])
    client.force_login(alice)
    assert [titles(client.get(f"/me/works/?{query}")) for query in ("q=harbour", "tag=fog")] == [["harbour"]] * 2
    page = client.get("/me/works/?creator=1")
    assert texts(page, "div", class_="left-out")[0].startswith("The filter Creator")
    assert texts(page, "title") == ["Your works · Genonaut"]


# --- History


def test_a_work_is_in_the_history_once_when_it_was_seen_last(client: Client, alice: User, bob: User) -> None:
    fog, rain, hidden = (ContentItemFactory(title=title, creator=bob) for title in ("fog", "rain", "hidden"))
    for day, item in enumerate((fog, rain, hidden, fog, rain, fog)):
        mark(alice, item, Kind.VIEW, created_at=datetime(2025, 3, day + 1, tzinfo=UTC))
    mark(bob, rain, Kind.VIEW, created_at=datetime(2025, 4, 1, tzinfo=UTC))
    ContentItem.objects.filter(pk=hidden.pk).update(is_private=True)
    client.force_login(alice)
    answers = [client.get(address) for address in addresses("/me/history/")]
    assert [titles(answer) for answer in answers] == [["fog", "rain"]] * 3
    assert elements(answers[1], "section", id="works")[0].attributes["data-range"] == "2 works"
    assert titles(client.get("/me/history/?order=asc&page_size=1&page=2")) == ["fog"]


def test_a_paused_history_records_nothing_until_it_goes_on(client: Client, alice: User) -> None:
    alice.preferences = {"theme": "dark"}
    alice.save()
    item = ContentItemFactory(title="fog")
    client.force_login(alice)
    for on, expected in (("1", []), ("0", ["fog"])):
        answer = client.post("/me/history/pause/", {"on": on})
        assert (answer.status_code, answer["Location"]) == (303, "/me/history/")
        client.get(f"/content/{item.pk}/")
        client.post(f"/content/{item.pk}/views/")
        page = client.get("/me/history/")
        assert titles(page) == expected
        assert ("Pause" in texts(page, "button"), "Record again" in texts(page, "button")) == (on == "0", on == "1")
    alice.refresh_from_db()
    assert alice.preferences == {"theme": "dark", PAUSED: False}
    assert client.post("/me/history/pause/", {"on": "yes"}).status_code == 400


def test_a_cleared_history_is_forgotten_and_works_keep_their_views(
    client: Client, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewing, "FORGOTTEN_AT_ONCE", 2)
    item = ContentItemFactory(creator=bob)
    for _ in range(5):
        mark(alice, item, Kind.VIEW)
    mark(alice, item, Kind.LIKE)
    mark(bob, item, Kind.VIEW)
    client.force_login(alice)
    assert client.post("/me/history/clear/").status_code == 303
    assert titles(client.get("/me/history/")) == []
    left = Interaction.objects.filter(content=item).order_by("pk").values_list("kind", "user")
    assert list(left) == [*[(Kind.VIEW, None)] * 5, (Kind.LIKE, alice.pk), (Kind.VIEW, bob.pk)]


def test_a_long_history_is_cleared_in_the_background_up_to_the_moment_of_asking(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewing, "FORGOTTEN_AT_ONCE", 2)
    monkeypatch.setattr(histories, "REQUEST_SECONDS", -1)
    for _ in range(5):
        mark(alice, ContentItemFactory(), Kind.VIEW)
    client.force_login(alice)
    page = client.post("/me/history/clear/", follow=True)
    assert "Your history is being cleared." in page.content.decode()
    later = mark(alice, ContentItemFactory(), Kind.VIEW)
    Interaction.objects.filter(pk=later.pk).update(created_at=HistoryClearing.objects.get().before + timedelta(days=1))
    assert Interaction.objects.filter(user=alice).count() == 4
    upkeep.TASKS["Clearing histories"]()
    assert list(Interaction.objects.filter(user=alice)) == [later]
    assert not HistoryClearing.objects.exists()


def test_what_is_asked_of_a_history_goes_with_its_account(alice: User) -> None:
    HistoryClearing.objects.create(user=alice, before=timezone.now())
    Picture.objects.create(user=alice, version="0" * 16, small=b"a", large=b"b")
    delete_account(alice)
    assert (HistoryClearing.objects.exists(), Picture.objects.exists()) == (False, False)


@pytest.mark.parametrize("path", ["pause", "clear"])
def test_nothing_changes_a_history_without_a_form_of_its_owner(client: Client, alice: User, path: str) -> None:
    view = mark(alice, ContentItemFactory(), Kind.VIEW)
    answer = client.post(f"/me/history/{path}/", {"on": "1"})
    assert (answer.status_code, answer["Location"]) == (303, "/accounts/login/?next=/me/history/")
    client.force_login(alice)
    assert client.get(f"/me/history/{path}/").status_code == 405
    view.refresh_from_db()
    alice.refresh_from_db()
    assert (view.user, alice.preferences) == (alice, {})


# --- Activity


def test_activity_says_what_one_did_with_works_that_one_sees(client: Client, alice: User, bob: User) -> None:
    fog, hidden = (ContentItemFactory(title=title, creator=bob) for title in ("fog", "hidden"))
    for item in (fog, hidden):
        mark(alice, item, Kind.LIKE)
        mark(alice, item, Kind.RATE, rating=4)
        mark(alice, item, Kind.COMMENT, comment="So <quiet>")
    mark(bob, fog, Kind.LIKE)
    ContentItem.objects.filter(pk=hidden.pk).update(is_private=True)
    client.force_login(alice)
    page = client.get("/me/activity/")
    assert [text for text in texts(page, "p") if text.startswith("You ")] == [
        "You commented on fog",
        "You rated fog 4 of 5",
        "You liked fog",
    ]
    assert texts(page, "p", class_="deed__comment") == ["So <quiet>"]
    assert [text[:13] for text in texts(client.get("/me/activity/?kind=like"), "li", class_="deed")] == [
        "You liked fog"
    ]
    assert len(texts(client.get("/me/activity/?page_size=2&page=2"), "li", class_="deed")) == 1
    assert client.get("/me/activity/?kind=stare").status_code == 200


def test_each_page_takes_as_many_queries_whatever_it_shows(
    client: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        item = ContentItemFactory(creator=alice, is_private=bool(number % 2))
        mark(alice, item, Kind.VIEW)
    client.force_login(alice)
    for path, most in {"/me/works/": 9, "/me/history/": PAGE_QUERIES, "/me/activity/": PAGE_QUERIES}.items():
        with django_assert_max_num_queries(most):
            assert client.get(path).status_code == 200


def test_every_list_leads_who_is_not_signed_in_to_sign_in(client: Client, db: None) -> None:
    for path in (*MARKED, "/me/works/", "/me/history/", "/me/activity/"):
        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"


# --- Nothing there yet


def test_an_empty_list_of_ones_own_leads_to_what_fills_it(client: Client, alice: User) -> None:
    client.force_login(alice)
    links = {
        "/me/works/": ("Add your first works", "/upload/"),
        "/me/likes/": ("Show the gallery", "/"),
        "/feed/": ("Find creators", "/creators/"),
        "/me/following/": ("Find creators", "/creators/"),
    }
    for address, (label, place) in links.items():
        found = [a.attributes["href"] for a in elements(client.get(address), "a", class_="button") if a.text == label]
        assert found == [place], address
