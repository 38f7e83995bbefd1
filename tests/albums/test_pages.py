"""The pages of albums: who sees and changes which, what they show, and what they cost."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from albums import item_views
from albums.items import add_works
from albums.making import make_once
from albums.models import Album, AlbumItem
from albums.sharing import share
from content.models import ContentItem
from genonaut import deletions
from tests.factories import AlbumFactory, ContentItemFactory, UserFactory
from tests.pages.html import elements, hrefs, texts, titles
from tests.races import outcome_behind
from users.accounts import delete_account
from users.models import User

TOKEN = "T" * 32
# Session, user, album, the page with its total, its works, their notes.
PAGE_QUERIES = 6
# What anonymous viewers, others, the owner and staff are answered: of a private album, and of a public one.
MATRIX = {
    "GET /albums/{pk}/": ((404, 404, 200, 200), (200, 200, 200, 200)),
    "GET /fragments/albums/{pk}/works/": ((404, 404, 200, 200), (200, 200, 200, 200)),
    "GET /fragments/albums/{pk}/list/": ((404, 404, 200, 200), (200, 200, 200, 200)),
    "GET /albums/shared/{token}/": ((200, 200, 200, 200), (200, 200, 200, 200)),
    "GET /albums/{pk}/edit/": ((303, 404, 200, 200), (303, 403, 200, 200)),
    "POST /albums/{pk}/edit/": ((303, 404, 303, 303), (303, 403, 303, 303)),
    "POST /albums/{pk}/sharing/": ((303, 404, 303, 303), (303, 403, 303, 303)),
    "GET /albums/{pk}/arrange/": ((303, 404, 200, 200), (303, 403, 200, 200)),
    "POST /albums/{pk}/items/{work}/": ((303, 404, 303, 303), (303, 403, 303, 303)),
    "GET /albums/{pk}/delete/": ((303, 404, 200, 200), (303, 403, 200, 200)),
    "POST /albums/{pk}/delete/": ((303, 404, 303, 303), (303, 403, 303, 303)),
    "GET /content/{work}/albums/": ((303, 200, 200, 200), (303, 200, 200, 200)),
    "GET /albums/new/": ((303, 200, 200, 200), (303, 200, 200, 200)),
    "GET /albums/": ((200, 200, 200, 200), (200, 200, 200, 200)),
}
SENT = {"title": "B", "on": "1", "deed": "note", "note": "n"}
CHANGES = ("edit", "sharing", "items", "delete")


@pytest.fixture
def client_of() -> Callable[[User | None], Client]:
    """Return a client that is signed in as a user, one for each; None is anonymous."""
    made: dict[User | None, Client] = {}

    def signed_in(user: User | None) -> Client:
        if user not in made:
            made[user] = Client()
            if user is not None:
                made[user].force_login(user)
        return made[user]

    return signed_in


@pytest.mark.parametrize("is_public", [False, True], ids=["private", "public"])
def test_who_may_do_what(
    client_of: Callable[[User | None], Client], alice: User, bob: User, staff: User, is_public: bool
) -> None:
    answers, changed = {}, set()
    for action in MATRIX:
        method, path = action.split()
        answers[action] = []
        for name, viewer in (("anonymous", None), ("other", bob), ("owner", alice), ("staff", staff)):
            Album.objects.all().delete()
            album = AlbumFactory(owner=alice, is_public=is_public, share_token=TOKEN)
            work = ContentItemFactory()
            add_works(album, alice, [work.pk])
            before = list(Album.objects.values("title", "share_token")), list(AlbumItem.objects.values("note"))
            url = path.format(pk=album.pk, work=work.pk, token=TOKEN)
            client = client_of(viewer)
            answers[action].append(
                client.post(url, SENT).status_code if method == "POST" else client.get(url).status_code
            )
            after = list(Album.objects.values("title", "share_token")), list(AlbumItem.objects.values("note"))
            changed |= {name} if before != after else set()
    assert answers == {action: list(expected[is_public]) for action, expected in MATRIX.items()}
    assert changed == {"owner", "staff"}


def test_an_album_is_shown_in_its_order_with_what_each_viewer_may_see(
    client_of: Callable[[User | None], Client], alice: User, bob: User
) -> None:
    album = AlbumFactory(owner=alice, title="Fog", notes="Mornings", is_public=True)
    share(album)
    works = [
        ContentItemFactory(title="Third"),
        ContentItemFactory(title="Own", creator=alice, is_private=True),
        ContentItemFactory(title="First"),
    ]
    add_works(album, alice, [work.pk for work in works])
    shown = {}
    for viewer in (None, bob, alice):
        for address in (f"/albums/{album.pk}/", f"/albums/shared/{album.share_token}/"):
            page = client_of(viewer).get(address)
            shown[viewer, "shared" in address] = titles(page)
            assert texts(page, "h1") == ["Fog"]
            assert "Mornings" in texts(page, "p")
            assert texts(page, "p", class_="label")[0] == ("3 works" if viewer == alice else "2 works")
            assert ("Arrange" in texts(page, "a")) == (viewer == alice)
    assert {tuple(found) for (viewer, _), found in shown.items() if viewer != alice} == {("Third", "First")}
    assert shown[alice, False] == shown[alice, True] == ["Third", "Own", "First"]
    assert titles(client_of(None).get(f"/albums/{album.pk}/?order=asc")) == ["First", "Third"]
    assert client_of(None).get(f"/albums/shared/{album.share_token}/")["X-Robots-Tag"] == "noindex"


def test_an_album_leads_on_by_number(client: Client, alice: User) -> None:
    album = AlbumFactory(owner=alice, is_public=True)
    add_works(album, alice, [work.pk for work in ContentItemFactory.create_batch(5)])
    first = client.get(f"/albums/{album.pk}/?page_size=2")
    assert hrefs(first, "a", rel="next") == ["?page_size=2&page=2"]
    assert len(titles(client.get(f"/albums/{album.pk}/?page_size=2&page=3"))) == 1
    assert client.get(f"/albums/{album.pk}/?page_size=2&page=4").status_code == 404


def test_notes_stand_beside_their_works(client: Client, alice: User) -> None:
    album = AlbumFactory(owner=alice, is_public=True)
    add_works(album, alice, [work.pk for work in ContentItemFactory.create_batch(3)])
    AlbumItem.objects.filter(pk=album.items.order_by("-position")[1].pk).update(note="the <first> that worked")
    for face in ("/albums/{}/", "/fragments/albums/{}/works/"):
        assert texts(client.get(face.format(album.pk)), "p", class_="card__note") == ["the <first> that worked"]


def test_an_album_that_is_being_deleted_is_gone_for_its_owner(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletions, "FEWEST_ROWS", 1)
    for is_public in (True, False):
        album = AlbumFactory(owner=alice, title="Huge", is_public=is_public)
        work = ContentItemFactory()
        add_works(album, alice, [work.pk, *(item.pk for item in ContentItemFactory.create_batch(3))])
        client.force_login(alice)
        before = client.get("/albums/")
        client.post(f"/albums/{album.pk}/delete/")
        assert Album.objects.filter(pk=album.pk).exists()
        shown = [client.get(address) for address in ("/albums/", f"/content/{work.pk}/albums/")]
        assert [("Huge" in texts(page, "a"), texts(page, "h2")) for page in shown] == [
            (False, ["No albums here"]),
            (False, []),
        ]
        assert client.get("/albums/", headers={"If-None-Match": before["ETag"]}).status_code == 200
        assert client.get(f"/albums/{album.pk}/").status_code == 404
        assert client.post(f"/content/{work.pk}/albums/", {"album": album.pk, "on": "1"}).status_code == 404


@pytest.mark.parametrize("count", [1, 20])
def test_a_page_takes_as_many_queries_whatever_it_shows(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    album = AlbumFactory(owner=alice)
    add_works(album, alice, [ContentItemFactory(creator=UserFactory()).pk for _ in range(count)])
    client.force_login(alice)
    with django_assert_num_queries(PAGE_QUERIES):
        assert len(titles(client.get(f"/albums/{album.pk}/"))) == count


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_of_albums_takes_as_many_queries_whatever_it_shows(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for _ in range(count):
        add_works(AlbumFactory(owner=alice, is_public=True), alice, [ContentItemFactory().pk])
    # The page, counts and first works, covers.
    with django_assert_num_queries(4):
        page = client.get("/albums/")
    assert len(elements(page, "article", class_="album-card")) == count


def test_the_list_shows_covers_and_counts_that_the_viewer_may_see(
    client_of: Callable[[User | None], Client], alice: User, bob: User
) -> None:
    own = ContentItemFactory(creator=alice, is_private=True, seed=1)
    public = ContentItemFactory(seed=2)
    album = AlbumFactory(owner=alice, title="Fog", is_public=True, cover=own)
    add_works(album, alice, [own.pk, public.pk])
    AlbumFactory(owner=alice, title="Private")
    AlbumFactory(owner=alice, title="Searched", query="tag=fog", is_public=True)
    facts = {
        viewer: texts(client_of(viewer).get("/albums/"), "p", class_="album-card__facts") for viewer in (bob, alice)
    }
    assert facts == {
        bob: ["Saved search Alice", "1 work Alice"],
        alice: ["Saved search Alice", "0 works Alice Private", "2 works Alice"],
    }
    covers = {
        viewer: [
            image.attributes["src"]
            for image in elements(client_of(viewer).get("/albums/"), "img")
            if "/256/" in image.attributes["src"] or "pictures" in image.attributes["src"]
        ]
        for viewer in (bob, alice)
    }
    assert covers[bob] != covers[alice]
    assert texts(client_of(bob).get(f"/albums/?owner={bob.pk}"), "h2") == ["No albums here"]


def test_a_smart_album_finds_works_with_the_viewer_s_eyes(
    client_of: Callable[[User | None], Client], alice: User, bob: User
) -> None:
    for title, fields in {
        "Fog": {"tags": ["fog", "sea"], "quality_score": 0.1},
        "Best": {"tags": ["fog", "sea"], "quality_score": 0.9},
        "Hers": {"tags": ["fog", "sea"], "creator": alice, "is_private": True},
        "His": {"tags": ["fog", "sea"], "creator": bob, "is_private": True},
        "Half": {"tags": ["fog"]},
    }.items():
        ContentItemFactory(title=title, **fields)
    album = AlbumFactory(owner=alice, title="At sea", query="tag=fog&tag=sea&sort=quality_score", is_public=True)
    url = f"/albums/{album.pk}/"
    shown = {viewer: client_of(viewer).get(url) for viewer in (None, alice, bob)}
    assert {viewer: titles(page) for viewer, page in shown.items()} == {
        None: ["Best", "Fog"],
        alice: ["Best", "Fog", "Hers"],
        bob: ["Best", "Fog", "His"],
    }
    assert [texts(page, "p", class_="label")[0] for page in shown.values()] == ["2 works", "3 works", "3 works"]
    anonymous = client_of(None)
    assert titles(anonymous.get(f"{url}?page_size=1&page=2")) == ["Fog"]
    assert titles(anonymous.get(f"{url}?sort=quality_score&order=asc")) == ["Fog", "Best"]
    assert titles(anonymous.get(f"{url}?q=best")) == ["Best"]
    assert "Works tagged fog and sea · best first" in texts(shown[None], "span")
    # Its search can be narrowed and not widened.
    assert titles(anonymous.get(f"{url}?tag=fog")) == ["Best", "Fog"]


def test_a_search_that_is_understood_no_longer_is_an_error(client: Client, alice: User) -> None:
    album = AlbumFactory(owner=alice, query="content_type=hologram", is_public=True)
    assert client.get(f"/albums/{album.pk}/").status_code == 400


def test_the_gallery_leads_to_a_smart_album_of_its_search(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert "Save as album" not in texts(client.get("/"), "a")
    [link] = [
        a for a in elements(client.get("/?tag=fog&q=a%26b&page_size=100&view=scroll"), "a") if a.text == "Save as album"
    ]
    address = link.attributes["href"]
    assert parse_qs(urlsplit(address).query) == {"query": ["q=a%26b&tag=fog"]}
    form = client.get(address)
    words = ["Works tagged fog matching “a&b”"]
    assert [link.text for link in elements(form, "a") if link.attributes["href"] == "/?q=a%26b&tag=fog"] == words
    [field] = elements(form, "input", name="query")
    answer = client.post(address, {"title": "Fog", "query": field.attributes["value"]})
    album = Album.objects.get()
    assert (answer["Location"], album.query, album.owner) == (f"/albums/{album.pk}/", "q=a%26b&tag=fog", alice)


def test_a_search_can_take_the_place_of_a_smart_album_s(client: Client, alice: User, bob: User) -> None:
    """One chooses other filters in the gallery, as the album was made; no text is typed."""
    client.force_login(alice)
    album = AlbumFactory(owner=alice, title="Fog", query="tag=fog")
    AlbumFactory(owner=alice, title="By hand")
    AlbumFactory(owner=bob, title="Of another", query="tag=fog", is_public=True)
    offered = elements(
        client.get("/albums/new/?query=tag%3Dsea"), "a", href=f"/albums/{album.pk}/edit/?query=tag%3Dsea"
    )
    assert [link.text for link in offered] == ["Fog"]
    address = offered[0].attributes["href"]
    form = client.get(address)
    assert "Works tagged sea" in texts(form, "a")
    values = {name: elements(form, "input", name=name)[0].attributes["value"] for name in ("title", "query")}
    assert values == {"title": "Fog", "query": "tag=sea"}
    client.post(address, values)
    album.refresh_from_db()
    assert album.query == "tag=sea"


def test_a_wrong_search_is_refused_in_the_form(client: Client, alice: User) -> None:
    client.force_login(alice)
    for query in ("content_type=hologram", "page=2", "nothing=1", ""):
        page = client.post("/albums/new/?query=tag%3Dfog", {"title": "Fog", "query": query})
        assert (page.status_code, len(elements(page, "div", class_="errors"))) == (200, 1)
    assert not Album.objects.exists()


def test_a_work_is_added_from_its_page(client: Client, alice: User, bob: User) -> None:
    work = ContentItemFactory(title="Fog")
    album, other = AlbumFactory(owner=alice), AlbumFactory(owner=bob)
    client.force_login(alice)
    assert f"/content/{work.pk}/albums/" in hrefs(client.get(f"/content/{work.pk}/"), "a", rel="nofollow")
    url = f"/content/{work.pk}/albums/"
    assert client.post(url, {"album": album.pk, "on": "1"}).status_code == 303
    assert client.post(url, {"album": album.pk, "on": "1"}).status_code == 303
    assert list(AlbumItem.objects.values_list("album", "content")) == [(album.pk, work.pk)]
    assert [
        client.post(url, form).status_code
        for form in ({"album": other.pk, "on": "1"}, {"album": "x"}, {"album": album.pk})
    ] == [404, 400, 400]
    assert "Take out of " + album.title in texts(client.get(url), "button")
    client.post(url, {"album": album.pk, "on": "0"})
    assert not AlbumItem.objects.exists()
    answer = client.post(f"/albums/new/?work={work.pk}", {"title": "New"})
    assert titles(client.get(answer["Location"])) == ["Fog"]


def offers(page: HttpResponse) -> list[str]:
    """Return what can be done with a work and each album that its page shows."""
    return [text for text in texts(page, "button") if text.startswith(("Add to ", "Take out of "))]


def test_a_work_is_added_to_albums_of_any_age(
    client: Client, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_views, "MOST_OFFERED", 2)
    moment = timezone.now()
    pks = [AlbumFactory(owner=alice, title=title, created_at=moment).pk for title in "abcde"]
    url = f"/content/{ContentItemFactory().pk}/albums/"
    client.force_login(alice)
    for address, shown, older in (
        (url, ["e", "d"], [f"?before={pks[3]}"]),
        (f"{url}?before={pks[3]}", ["c", "b"], [f"?before={pks[1]}"]),
        (f"{url}?before={pks[1]}", ["a"], []),
    ):
        page = client.get(address)
        assert offers(page) == [f"Add to {title}" for title in shown]
        assert hrefs(page, "a", rel="next") == older
        assert {field.attributes["value"] for field in elements(page, "input", name="next")} == {address}
    answer = client.post(address, {"album": pks[0], "on": "1", "next": address})
    assert (answer.status_code, answer["Location"]) == (303, address)
    assert offers(client.get(address)) == ["Take out of a"]
    theirs = AlbumFactory(owner=bob).pk
    codes = [client.get(f"{url}?before={before}").status_code for before in (theirs, "9" * 19, "x")]
    assert codes == [404, 404, 400]


def test_a_form_that_is_sent_twice_makes_one_album_and_a_changed_one_another(client: Client, alice: User) -> None:
    work = ContentItemFactory(title="Fog")
    client.force_login(alice)
    sent = [{"title": "New"}, {"title": "New"}, {"title": "New", "is_public": "on"}, {"title": "Newer"}]
    led = [client.post(f"/albums/new/?work={work.pk}", form)["Location"] for form in sent]
    assert (led[0], len(set(led)), Album.objects.count()) == (led[1], 3, 3)
    assert titles(client.get(led[0])) == ["Fog"]
    Album.objects.update(created_at=datetime(2025, 3, 1, tzinfo=UTC))
    client.post("/albums/new/", {"title": "New"})
    assert Album.objects.count() == 4


def test_two_albums_that_are_made_at_once_by_one_form_are_one(transactional_db: None, alice: User) -> None:
    def make() -> Album:
        return make_once(Album(owner=alice, title="New"))[0]

    assert outcome_behind(make, make) == Album.objects.get()


def test_another_member_s_album_of_the_same_title_is_another(client: Client, alice: User, bob: User) -> None:
    for user in (alice, bob):
        client.force_login(user)
        client.post("/albums/new/", {"title": "New"})
    assert sorted(Album.objects.values_list("owner", flat=True)) == sorted([alice.pk, bob.pk])


def test_works_are_arranged_by_plain_forms(client: Client, alice: User) -> None:
    album = AlbumFactory(owner=alice)
    ids = [ContentItemFactory(title=title).pk for title in "abcde"]
    add_works(album, alice, ids)
    client.force_login(alice)

    def done(work: int, **sent: object) -> str:
        assert client.post(f"/albums/{album.pk}/items/{ids[work]}/", sent).status_code == 303
        return "".join(titles(client.get(f"/albums/{album.pk}/")))

    assert done(0, deed="earlier") == "abcde"
    assert done(4, deed="later") == "abcde"
    assert done(1, deed="earlier") == "bacde"
    assert done(3, deed="later") == "baced"
    assert done(3, deed="place", place=1) == "dbace"
    assert done(1, deed="place", place=4) == "dacbe"
    assert done(0, deed="place", place=99) == "dcbea"
    assert done(2, deed="remove") == "dbea"
    done(1, deed="cover")
    done(1, deed="note", note="a\r\nb")
    assert (Album.objects.get().cover_id, AlbumItem.objects.get(content=ids[1]).note) == (ids[1], "a\nb")
    wrong = [{}, {"deed": "fly"}, {"deed": "place"}, {"deed": "place", "place": "0"}]
    assert [client.post(f"/albums/{album.pk}/items/{ids[1]}/", sent).status_code for sent in wrong] == [400] * 4
    assert client.post(f"/albums/{album.pk}/items/{ids[2]}/", {"deed": "remove"}).status_code == 404
    page = client.get(f"/albums/{album.pk}/arrange/?page_size=2&page=2")
    assert [row.attributes["aria-label"] for row in elements(page, "li", class_="arranged__row")] == ["e", "a"]


def test_a_work_that_is_taken_out_is_no_longer_the_cover_of_the_card(
    client_of: Callable[[User | None], Client], alice: User, bob: User
) -> None:
    first, second = (work.pk for work in ContentItemFactory.create_batch(2))
    album = AlbumFactory(owner=alice, is_public=True)
    add_works(album, alice, [first, second])
    covers = []
    for deed in ("cover", "remove"):
        client_of(alice).post(f"/albums/{album.pk}/items/{second}/", {"deed": deed})
        covers.append(client_of(bob).get("/albums/").context["cards"][0].cover.pk)
    assert covers == [second, first]


FACES = ("/albums/{}/", "/fragments/albums/{}/works/", "/fragments/albums/{}/list/")


def answers(client: Client, album: Album) -> dict[str, int]:
    """Return the status of each address of an album."""
    names = {"number": album.pk, "link": f"shared/{album.share_token}"}
    faces = {f"{key} {face}": client.get(face.format(name)) for key, name in names.items() for face in FACES}
    api = {path: client.get(path.format(album.pk)) for path in ("/api/v1/albums/{}/", "/api/v1/albums/{}/items/")}
    return {name: answer.status_code for name, answer in (faces | api).items()}


def listed(client: Client) -> tuple[list[str], list[str], list[str], int]:
    """Return the albums of the list and the total in words, then both of the API."""
    page, body = client.get("/albums/"), client.get("/api/v1/albums/").json()
    shown = [card.album.title for card in page.context["cards"]]
    items = [item["title"] for item in body["items"]]
    return shown, texts(page, "p", class_="label"), items, body["pagination"]["total_count"]


def test_albums_of_a_closed_account_are_gone_at_once(
    client: Client, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletions, "REQUEST_ROWS", 1)
    monkeypatch.setattr(deletions, "REQUEST_SECONDS", -1)
    albums = [AlbumFactory(owner=alice, is_public=is_public) for is_public in (False, True)]
    for album in albums:
        share(album)
        add_works(album, alice, [work.pk for work in ContentItemFactory.create_batch(3)])
    AlbumFactory(owner=bob, title="Stays", is_public=True)
    before = [answers(client, album) for album in albums]
    assert [{*statuses.values()} for statuses in before] == [{200, 404}, {200}]
    assert len(listed(client)[0]) == 2
    delete_account(alice)
    assert Album.objects.filter(owner=alice).count() == 2
    assert [{*answers(client, album).values()} for album in albums] == [{404}, {404}]
    assert listed(client) == (["Stays"], ["1 album"], ["Stays"], 1)


def test_links_of_a_deactivated_account_rest(client: Client, alice: User) -> None:
    album = AlbumFactory(owner=alice)
    share(album)
    before = answers(client, album)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert {*answers(client, album).values()} == {404}
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert answers(client, album) == before


def test_a_link_is_made_renewed_and_ended(client: Client, alice: User) -> None:
    album = AlbumFactory(owner=alice)
    client.force_login(alice)
    tokens = []
    for on in ("1", "1", "0"):
        client.post(f"/albums/{album.pk}/sharing/", {"on": on})
        tokens.append(Album.objects.get().share_token)
    assert tokens[2] is None
    assert len({*tokens}) == 3
    assert [client.get(f"/albums/shared/{token}/").status_code for token in (*tokens[:2], "x")] == [404] * 3
    assert ContentItem.objects.count() == 0
