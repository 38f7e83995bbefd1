"""The page of duplicates: what it shows and asks, for whom, with script and without."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import BrowserContext, expect
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from interactions import duplicates
from interactions.models import Interaction, Kind
from media.models import DismissedPair
from tests.content.test_similar import pictured
from tests.factories import ContentItemFactory, GenerationDataFactory, InteractionFactory, MediaFileFactory
from tests.interactions.test_views import SIGNING_IN
from tests.pages.accessibility import violations
from tests.pages.conftest import listen
from tests.pages.html import elements, foreign_scripts, hrefs, texts
from users.models import User

HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture
def pair(alice: User) -> list[ContentItem]:
    """Two works of alice's that look alike: the first is the best."""
    return [pictured(*turned, title=title, creator=alice) for turned, title in (((), "Fog"), ((1,), "Fog again"))]


def ids(items: list[ContentItem]) -> list[str]:
    return [str(item.pk) for item in items]


def chosen(page: HttpResponse) -> list[str]:
    """Return which works are chosen to be kept."""
    return [one.attributes["value"] for one in elements(page, "input", type="radio") if "checked" in one.attributes]


def test_each_group_is_shown_with_its_best_chosen(client: Client, alice: User, pair: list[ContentItem]) -> None:
    InteractionFactory(content=pair[1], kind=Kind.LIKE)
    client.force_login(alice)
    page = client.get("/duplicates/")
    assert texts(page, "h2") == ["2 works like “Fog again”"]
    assert chosen(page) == [str(pair[1].pk)]
    shown = list(zip(texts(page, "dt"), texts(page, "dd"), strict=True))
    assert shown[:4] == [("Pixels", "832 × 1216"), ("File", "PNG, 1000 bytes"), ("Made by", "not said"), ("Likes", "1")]
    assert (page["Cache-Control"], foreign_scripts(page)) == ("private, no-store", [])


def test_without_duplicates_it_says_so(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert "No duplicates among your works." in texts(client.get("/duplicates/"), "p")


def test_the_account_leads_there(client: Client, alice: User) -> None:
    client.force_login(alice)
    for page in ("/accounts/me/", "/users/alice/"):
        assert "/duplicates/" in hrefs(client.get(page), "a")


def test_it_goes_on_where_it_stopped(client: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "BATCH_WORKS", 2)
    monkeypatch.setattr(duplicates, "MOST_STEPS", 1)
    for number in range(3):
        ContentItemFactory.create_batch(2, title=f"{number}", creator=alice, media_file=MediaFileFactory())
    client.force_login(alice)
    shown, address = [], "/duplicates/"
    while address:
        page = client.get(address)
        shown += texts(page, "h2")
        links = [link for link in hrefs(page, "a", class_="button") if "after=" in link]
        address = links[0] if links else ""
    assert shown == [f"2 works like “{number}”" for number in (2, 1, 0)]


@pytest.mark.parametrize("after", ["x", "2024-01-01", "1", "%00"])
def test_what_is_no_place_is_refused(client: Client, alice: User, after: str) -> None:
    client.force_login(alice)
    assert client.get(f"/duplicates/?after={after}").status_code == 400


def test_merging_is_asked_first(client: Client, alice: User, pair: list[ContentItem]) -> None:
    client.force_login(alice)
    sent = {"keep": pair[0].pk, "work": ids(pair)}
    asked = client.get("/duplicates/merge/", sent)
    assert (asked.status_code, texts(asked, "h1")) == (200, ["Keep “Fog” alone?"])
    assert ContentItem.objects.count() == 2
    answer = client.post("/duplicates/merge/", sent)
    assert (answer.status_code, answer["Location"]) == (303, "/duplicates/")
    assert "Kept “Fog”; merged and deleted 1 work." in texts(client.get("/duplicates/"), "p", class_="message")
    assert list(ContentItem.objects.all()) == [pair[0]]


def test_dismissed_groups_are_not_shown_again(client: Client, alice: User, pair: list[ContentItem]) -> None:
    client.force_login(alice)
    assert client.post("/duplicates/dismiss/", {"work": ids(pair)}).status_code == 303
    assert (texts(client.get("/duplicates/"), "h2"), ContentItem.objects.count()) == ([], 2)


@pytest.mark.parametrize("action", ["merge", "dismiss"])
@pytest.mark.parametrize(("who", "status"), [("bob", 404), ("staff", 404), (None, 303)])
def test_works_of_others_are_not_found(
    request: pytest.FixtureRequest,
    client: Client,
    pair: list[ContentItem],
    action: str,
    who: str | None,
    status: int,
) -> None:
    mine = []
    if who:
        user = request.getfixturevalue(who)
        client.force_login(user)
        mine = [ContentItemFactory(creator=user, media_file=pair[0].media_file)]
    keep = (mine or pair)[0]
    sent = {"keep": keep.pk, "work": ids([*mine, *pair])}
    answers = [client.post(f"/duplicates/{action}/", sent)]
    answers += [client.get("/duplicates/merge/", sent)] if action == "merge" else []
    assert {answer.status_code for answer in answers} == {status}
    assert ContentItem.objects.count() == 2 + len(mine)
    assert not DismissedPair.objects.exists()


def test_who_is_not_signed_in_is_led_to_sign_in(client: Client, db: None) -> None:
    answer = client.get("/duplicates/")
    assert (answer.status_code, urlsplit(answer["Location"]).path) == (303, "/accounts/login/")
    assert parse_qs(urlsplit(answer["Location"]).query) == {"next": ["/duplicates/"]}


def test_forms_of_other_sites_do_nothing(alice: User, pair: list[ContentItem]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    for action in ("merge", "dismiss"):
        answer = client.post(f"/duplicates/{action}/", {"keep": pair[0].pk, "work": ids(pair)})
        assert answer.status_code == 403
    assert (ContentItem.objects.count(), DismissedPair.objects.count()) == (2, 0)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"keep": "1"},
        {"keep": ["1", "2"], "work": ["1", "2"]},
        {"keep": "1", "work": ["1"]},
        {"keep": "3", "work": ["1", "2"]},
        {"keep": "x", "work": ["x", "1"]},
        {"keep": "9" * 30, "work": ["9" * 30, "1"]},
        {"keep": "1", "work": [str(number) for number in range(1, 40)]},
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_forms_that_say_nothing_are_refused(client: Client, alice: User, sent: dict[str, object], method: str) -> None:
    client.force_login(alice)
    assert getattr(client, method)("/duplicates/merge/", sent).status_code == 400


def test_hostile_titles_stay_text(client: Client, alice: User) -> None:
    pair = ContentItemFactory.create_batch(2, title=HOSTILE, creator=alice, media_file=MediaFileFactory())
    client.force_login(alice)
    asked = client.get("/duplicates/merge/", {"keep": pair[0].pk, "work": ids(pair)})
    for page in (client.get("/duplicates/"), asked):
        assert (page.status_code, foreign_scripts(page)) == (200, [])
        assert HOSTILE.encode() not in page.content


@pytest.mark.parametrize("count", [1, 20])
def test_the_page_is_eleven_queries_and_the_reader(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for _ in range(count):
        ContentItemFactory.create_batch(2, creator=alice, media_file=MediaFileFactory())
    client.force_login(alice)
    batch, own, dismissed, shown = 4, 1, 1, 3
    with django_assert_num_queries(SIGNING_IN + batch + own + dismissed + shown):
        assert len(texts(client.get("/duplicates/"), "h2")) == count


@pytest.mark.parametrize("has_script", [True, False])
def test_a_person_merges_a_group_and_dismisses_another(
    open_context: Callable[..., BrowserContext], alice: User, bob: User, has_script: bool, complaints: list[str]
) -> None:
    pair = [pictured(*turned, title=title, creator=alice) for turned, title in (((), "Fog"), ((1,), "Fog again"))]
    ContentItemFactory.create_batch(2, title="Pier", creator=alice, media_file=MediaFileFactory())
    InteractionFactory(content=pair[0], user=bob, kind=Kind.LIKE)
    page = open_context(user=alice, java_script_enabled=has_script, viewport={"width": 360, "height": 800}).new_page()
    if has_script:
        listen(page, complaints)
    page.goto("/duplicates/")
    expect(page.get_by_role("radio", name="Keep “Fog”", exact=True)).to_be_checked()
    if has_script:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("radio", name="Keep “Fog again”", exact=True).check()
    group = page.get_by_role("region", name="2 works like “Fog”")
    group.get_by_role("button", name="Keep this one, merge the others").click()
    expect(page.get_by_role("heading", name="Keep “Fog again” alone?")).to_be_visible()
    if has_script:
        assert violations(page) == []
    page.get_by_role("button", name="Merge and delete").click()
    expect(page.get_by_text("Kept “Fog again”; merged and deleted 1 work.")).to_be_visible()
    page.get_by_role("button", name="Not duplicates").click()
    expect(page.get_by_text("No duplicates among your works.")).to_be_visible()
    assert sorted(ContentItem.objects.values_list("title", flat=True)) == ["Fog again", "Pier", "Pier"]
    assert list(Interaction.objects.filter(kind=Kind.LIKE).values_list("content", "user")) == [(pair[1].pk, bob.pk)]


def test_similar_works_come_when_they_are_scrolled_to(
    open_context: Callable[..., BrowserContext], complaints: list[str]
) -> None:
    item, _ = (
        ContentItemFactory(title=title, generation=GenerationDataFactory(prompt="fog"))
        for title in ("Fog", "Fog again")
    )
    page = open_context(viewport={"width": 1000, "height": 600}).new_page()
    listen(page, complaints)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto(item.get_absolute_url())
    similar = page.get_by_role("region", name="Similar works")
    similar.scroll_into_view_if_needed()
    # What is said of the work comes first, above it.
    expect(page.get_by_role("heading", name="0 comments")).to_be_visible()
    similar.scroll_into_view_if_needed()
    expect(page.get_by_role("link", name="Fog again")).to_be_visible()
    assert asked.count(f"/fragments/content/{item.pk}/similar/") == 1
    assert violations(page) == []
    page.get_by_role("link", name="All works like this").click()
    expect(page.get_by_role("heading", name="Works like “Fog”")).to_be_visible()
    expect(page.get_by_role("heading", name="The same prompt 1 work")).to_be_visible()
    assert violations(page) == []
