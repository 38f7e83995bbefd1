"""For you: who sees what, why, and what a click changes."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from content.trash import move_to_trash
from interactions.models import Kind
from recommendations.learning import learn
from recommendations.models import ALGORITHM, Dismissal, Neighbours, Reason, Recommendation, Refresh
from tests.factories import ContentItemFactory, InteractionFactory, RecommendationFactory, UserFactory
from tests.pages.html import elements, hrefs, texts, titles
from users.models import User

ADDRESSES = ("/for-you/", "/fragments/for-you/works/", "/fragments/for-you/list/")
# Session and user, whether anything is new, total, keys, works, reasons, dismissals.
PAGE_QUERIES = 8


def recommend(user: User, item: ContentItem, score: float = 0.5, **fields: object) -> Recommendation:
    """Recommend a work as the worker does, and say that nothing is new since."""
    Refresh.objects.get_or_create(user=user)
    return RecommendationFactory(user=user, content=item, score=score, algorithm=ALGORITHM, **fields)


def test_each_sees_their_own_of_works_that_they_may_see(client: Client, alice: User, bob: User, staff: User) -> None:
    secret = ContentItemFactory(title="bob's secret", creator=bob, is_private=True)
    for user in (alice, staff):
        recommend(user, secret)
        recommend(user, ContentItemFactory(title=f"for {user.username}"))
    recommend(bob, ContentItemFactory(title="for bob"))
    RecommendationFactory(user=alice, content=ContentItemFactory(title="by another algorithm"))
    shown = {}
    for user in (alice, bob, staff):
        client.force_login(user)
        pages = [client.get(address) for address in ADDRESSES]
        shown[user.username] = [titles(page) for page in pages]
        assert titles(client.get("/fragments/for-you/strip/")) == titles(pages[0])
    assert shown == {
        "alice": [["for alice"]] * 3,
        "bob": [["for bob"]] * 3,
        # They see private works everywhere else.
        "stella": [["for stella"]] * 3,
    }


HIDDEN = {
    "private": lambda item: ContentItem.objects.filter(pk=item.pk).update(is_private=True),
    "trashed": lambda item: move_to_trash(ContentItem.objects.filter(pk=item.pk)),
    "deleted": lambda item: item.delete(),
}


@pytest.mark.parametrize("change", HIDDEN)
def test_a_work_that_is_hidden_once_it_is_recommended_is_shown_nowhere(
    client: Client, alice: User, staff: User, change: str
) -> None:
    hidden, led = ContentItemFactory(title="hidden"), ContentItemFactory(title="led")
    for user in (alice, staff):
        recommend(user, hidden, 0.9)
        recommend(user, ContentItemFactory(title="open"), because=hidden)
    Neighbours.objects.create(content=led, kind=Reason.COVISITED, neighbours=[hidden.pk], scores=[0.3], counts=[9])
    HIDDEN[change](hidden)
    for user in (alice, staff):
        client.force_login(user)
        for address in (*ADDRESSES, "/fragments/for-you/strip/"):
            assert titles(client.get(address)) == ["open"], (user.username, address)
    client.force_login(alice)
    assert b"hidden</a>" not in client.get("/for-you/").content
    assert titles(client.get(f"/content/{led.pk}/together/")) == []
    assert [row["title"] for row in client.get("/api/v1/recommendations/").json()["items"]] == ["open"]


def test_who_is_not_signed_in_is_led_there_and_back_and_nothing_is_dismissed(client: Client, db: None) -> None:
    item = ContentItemFactory()
    page, works, whole = (client.get(address) for address in ADDRESSES)
    assert (page.status_code, page["Location"]) == (303, "/accounts/login/?next=/for-you/")
    assert [(part.status_code, part["HX-Redirect"]) for part in (works, whole)] == [
        (403, "/accounts/login/?next=/for-you/")
    ] * 2
    strip = client.get("/fragments/for-you/strip/")
    assert (strip.status_code, titles(strip)) == (200, [])
    posts = [client.post(path) for path in (f"/content/{item.pk}/dismiss/", "/for-you/dismissals/clear/")]
    assert [(answer.status_code, answer["Location"]) for answer in posts] == [
        (303, "/accounts/login/?next=/for-you/")
    ] * 2
    assert Dismissal.objects.count() == 0


def test_a_like_changes_the_next_page_which_says_why(client: Client, alice: User) -> None:
    fox, cub = (ContentItemFactory(title=title) for title in ("fox", "cub"))
    for _ in range(3):
        user = UserFactory()
        for item in (fox, cub):
            InteractionFactory(user=user, content=item, kind=Kind.LIKE, created_at=timezone.now())
    learn()
    client.force_login(alice)
    assert titles(client.get("/for-you/")) == ["cub", "fox"]
    client.post(f"/content/{fox.pk}/like/", {"on": "1"})
    page = client.get("/for-you/")
    assert titles(page) == ["cub"]
    [why] = texts(page, "li", class_="deed")
    assert "Because of fox." in why
    # What led there is told as long as the viewer sees it.
    ContentItem.objects.filter(pk=fox.pk).update(is_private=True)
    [why] = texts(client.get("/for-you/"), "li", class_="deed")
    assert "fox" not in why


def test_what_is_dismissed_goes_and_may_come_back(client: Client, alice: User, bob: User) -> None:
    item, secret = ContentItemFactory(title="boring"), ContentItemFactory(creator=bob, is_private=True)
    learn()
    client.force_login(alice)
    page = client.get("/for-you/")
    assert titles(page) == ["boring"]
    [form] = elements(page, "form", action=f"/content/{item.pk}/dismiss/")
    assert form.attributes["method"] == "post"
    assert client.get(f"/content/{item.pk}/dismiss/").status_code == 405
    assert client.post(f"/content/{secret.pk}/dismiss/").status_code == 404
    for _ in range(2):
        answer = client.post(f"/content/{item.pk}/dismiss/", {"next": "/for-you/?page_size=5"})
        assert (answer.status_code, answer["Location"]) == (303, "/for-you/?page_size=5")
    page = client.get("/for-you/")
    assert (titles(page), Dismissal.objects.count()) == ([], 1)
    assert elements(page, "form", action="/for-you/dismissals/clear/")
    client.post("/for-you/dismissals/clear/")
    assert (titles(client.get("/for-you/")), Dismissal.objects.count()) == (["boring"], 0)


def test_a_work_is_served_once_it_was_shown_and_no_prefetch_shows(client: Client, alice: User, bob: User) -> None:
    rows = [recommend(alice, ContentItemFactory(), score) for score in (0.9, 0.8)]
    theirs = recommend(bob, rows[0].content)
    client.force_login(alice)
    client.get("/for-you/", headers={"Sec-Purpose": "prefetch"})
    assert not Recommendation.objects.filter(is_served=True).exists()
    client.get("/for-you/?page_size=1")
    assert list(Recommendation.objects.filter(is_served=True)) == [rows[0]]
    assert not Recommendation.objects.get(pk=theirs.pk).is_served


@pytest.mark.parametrize("count", [1, 20])
def test_a_page_takes_as_many_queries_whatever_it_shows(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for number in range(count):
        recommend(alice, ContentItemFactory(creator=UserFactory()), 1 - number / 100, because=ContentItemFactory())
    client.force_login(alice)
    client.get("/for-you/")
    with django_assert_num_queries(PAGE_QUERIES):
        assert len(titles(client.get("/for-you/"))) == count


def test_what_is_met_together_is_shown_below_a_work_to_who_may_see_it(client: Client, alice: User, bob: User) -> None:
    item, open_one = ContentItemFactory(title="fox"), ContentItemFactory(title="cub")
    secret = ContentItemFactory(title="secret", creator=bob, is_private=True)
    near = [secret.pk, open_one.pk, 2**40]
    Neighbours.objects.create(
        content=item, kind=Reason.COVISITED, neighbours=near, scores=[0.3, 0.2, 0.1], counts=[3, 3, 3]
    )
    shown = {}
    for user in (None, alice, bob):
        if user:
            client.force_login(user)
        pages = [client.get(f"{start}content/{item.pk}/together/") for start in ("/", "/fragments/")]
        shown[user and user.username] = [titles(page) for page in pages]
    assert shown == {None: [["cub"]] * 2, "alice": [["cub"]] * 2, "bob": [["secret", "cub"]] * 2}
    client.logout()
    assert client.get(f"/content/{secret.pk}/together/").status_code == 404
    work = client.get(f"/content/{item.pk}/")
    assert [e.attributes["hx-get"] for e in elements(work, "section", class_="similar")][1:] == [
        f"/fragments/content/{item.pk}/together/"
    ]
    assert f"/content/{item.pk}/together/" in hrefs(work, "a")


def test_what_one_or_two_users_met_is_not_shown_as_met_together(client: Client, alice: User, bob: User) -> None:
    """Else a link that is sent to one user tells its sender what that user looked at."""
    bait = ContentItemFactory(title="bait", creator=bob)
    looked_at = {users: ContentItemFactory(title=f"met by {users}") for users in (1, 2, 3)}
    for number, user in enumerate((alice, UserFactory(), UserFactory())):
        for users, item in ((9, bait), *looked_at.items()):
            if number < users:
                # Twice: views count by user.
                for _ in range(2):
                    InteractionFactory(user=user, content=item, kind=Kind.VIEW, created_at=timezone.now())
    learn()
    stored = Neighbours.objects.get(content=bait, kind=Reason.COVISITED)
    by_title = {ContentItem.objects.get(pk=pk).title: n for pk, n in zip(stored.neighbours, stored.counts, strict=True)}
    assert by_title == {"met by 1": 1, "met by 2": 2, "met by 3": 3}
    for viewer in (None, bob):
        if viewer:
            client.force_login(viewer)
        pages = [client.get(f"{start}content/{bait.pk}/together/") for start in ("/", "/fragments/")]
        assert [titles(page) for page in pages] == [["met by 3"]] * 2
    # Lists from before users were counted show nothing.
    Neighbours.objects.update(counts=None)
    assert titles(client.get(f"/content/{bait.pk}/together/")) == []


def test_the_overview_leads_to_it_and_loads_the_strip(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get(reverse("people:dashboard"))
    assert "/for-you/" in hrefs(page, "a")
    assert "/fragments/for-you/strip/" in [part.attributes.get("hx-get") for part in elements(page, "section")]
