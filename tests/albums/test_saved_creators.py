"""Smart albums of one creator: of the account, whatever it is called now, and of none that takes its name later."""

from importlib import import_module
from urllib.parse import parse_qs, quote_plus, urlencode

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from albums.models import Album
from albums.saved_creators import ids_here, own_query, portable_queries
from exports.additions import NumberedLine, add_albums
from exports.album_records import album_lines
from tests.factories import AlbumFactory, ContentItemFactory, UserFactory
from tests.pages.html import elements, texts, titles
from users.accounts import close_account
from users.models import User


@pytest.fixture
def turner(db: None) -> User:
    """He made one work."""
    turner = UserFactory(username="turner")
    ContentItemFactory(creator=turner, title="Rain, Steam and Speed")
    return turner


@pytest.fixture
def album(client: Client, alice: User, turner: User) -> Album:
    """Alice's album of his works."""
    client.force_login(alice)
    client.post("/albums/new/?query=creator%3Dturner", {"title": "Turner", "query": "creator=turner"})
    return Album.objects.get()


def found(client: Client, album: Album) -> tuple[list[str], str]:
    """Return the works of an album's page, and what it says that it finds."""
    page = client.get(f"/albums/{album.pk}/")
    assert page.status_code == 200
    [said] = [text for text in texts(page, "span") if text.startswith("Works by")]
    return titles(page), said


def test_an_album_stays_that_of_an_account_which_is_renamed(client: Client, album: Album, turner: User) -> None:
    assert found(client, album) == (["Rain, Steam and Speed"], "Works by turner")
    User.objects.filter(pk=turner.pk).update(username="jmw")
    assert found(client, album) == (["Rain, Steam and Speed"], "Works by jmw")


def test_an_album_is_not_that_of_an_account_which_takes_a_closed_one_s_name(
    client: Client, album: Album, turner: User
) -> None:
    close_account(turner)
    ContentItemFactory(creator=UserFactory(username="turner"), title="Another's")
    assert found(client, album) == ([], "Works by a creator who is gone")
    page = client.get(f"/albums/{album.pk}/edit/")
    [field] = elements(page, "input", name="query")
    saved = client.post(f"/albums/{album.pk}/edit/", {"title": "T", "query": field.attributes["value"]})
    assert saved.status_code == 303
    album.refresh_from_db()
    assert (album.title, album.query) == ("T", f"creator={turner.pk}")


def test_a_creator_who_is_named_in_a_search_is_kept_by_id(client: Client, alice: User, turner: User) -> None:
    client.force_login(alice)
    query = "q=" + quote_plus("creator:Turner steam -creator:alice")
    client.post(f"/albums/new/?{urlencode({'query': query})}", {"title": "Turner", "query": query})
    album = Album.objects.get()
    assert parse_qs(album.query)["q"] == [f"creator:{turner.pk} steam -creator:{alice.pk}"]
    User.objects.filter(pk=turner.pk).update(username="jmw")
    ContentItemFactory(creator=UserFactory(username="turner", email="t@example.org"), title="Another's steam")
    page = client.get(f"/albums/{album.pk}/")
    assert titles(page) == ["Rain, Steam and Speed"]
    assert "creator:jmw steam -creator:alice" in page.content.decode()
    assert parse_qs(portable_queries([album], alice)[album.pk])["q"] == ["creator:jmw steam -creator:alice"]


def test_searches_of_another_site_name_their_creators(alice: User, turner: User) -> None:
    sent = "q=" + quote_plus('creator:Turner -creator:"no one" fog')
    ids = ids_here([sent])
    assert ids == {"Turner": str(turner.pk)}
    assert parse_qs(own_query(sent, ids))["q"] == [f"creator:{turner.pk} -creator:0 fog"]


def test_a_name_that_no_account_has_is_refused(api: APIClient, alice: User, turner: User) -> None:
    api.force_login(alice)
    answer = api.post("/api/v1/albums/", {"title": "A", "query": "creator=constable"})
    assert (answer.status_code, answer.json()["errors"]) == (400, {"query": ["There is no creator “constable”."]})
    made = api.post("/api/v1/albums/", {"title": "A", "query": "tag=sea&creator=turner&tag=rain"})
    assert made.json()["query"] == f"creator={turner.pk}&tag=sea&tag=rain"


def test_the_gallery_of_an_id_says_the_name(client: Client, turner: User) -> None:
    for query, said in {
        f"creator={turner.pk}": "Works by turner",
        "creator=turner": "Works by turner",
        "creator=999999999": "Works by a creator who is gone",
        "creator=constable": "Works by constable",
    }.items():
        assert texts(client.get(f"/?{query}"), "h1") == [said]


# --- Elsewhere and before

# Searches by the titles of their albums; the last is too long.
SENT = {
    "an id": "creator=7",
    "no one": "creator=x%00&q=fog",
    "no creator": "tag=a%26b",
    "a number": 5,
    "too long": f"creator=turner&q={'é' * 400}",
}


def test_searches_that_named_creators_by_name_name_ids(turner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    migration = import_module("albums.migrations.0012_creators_of_searches")
    monkeypatch.setattr(migration, "BATCH_ROWS", 1)
    queries = {
        "creator=turner&tag=a%26b&tag=sea": f"creator={turner.pk}&tag=a%26b&tag=sea",
        "creator=Turner": f"creator={turner.pk}",
        "creator=constable": "creator=0",
        f"creator={turner.pk}": f"creator={turner.pk}",
        "q=creator%3Dturner": "q=creator%3Dturner",
    }
    albums = [AlbumFactory(query=query) for query in queries]
    for _ in range(2):
        migration.name_by_id(apps, connection.schema_editor())
        rows = dict(Album.objects.values_list("pk", "query"))
        assert [rows[album.pk] for album in albums] == list(queries.values())


def test_a_search_names_the_same_creator_on_another_site(turner: User, bob: User, staff: User) -> None:
    gone = UserFactory(username="gone", is_active=False)
    queries = [f"creator={turner.pk}&tag=sea&tag=rain", f"creator={gone.pk}", "creator=999999999", "tag=sea"]
    albums = [AlbumFactory(query=query) for query in queries]
    said = {viewer: list(portable_queries([*albums, AlbumFactory()], viewer).values()) for viewer in (bob, staff, None)}
    rest = ["creator=999999999", "tag=sea"]
    all_seen = ["creator=turner&tag=sea&tag=rain", "creator=gone", *rest]
    assert said == {bob: [all_seen[0], queries[1], *rest], staff: all_seen, None: all_seen}


def test_a_search_that_comes_from_another_site_finds_the_same_creator(turner: User, alice: User) -> None:
    album = AlbumFactory(owner=alice, query=f"creator={turner.pk}&tag=sea")
    lines = [*album_lines([album], None)]
    lines += [{**lines[0], "title": title, "query": query} for title, query in SENT.items()]
    Album.objects.all().delete()
    turner.delete()
    there, refused = UserFactory(username="Turner"), []
    add_albums([NumberedLine(str(number), line) for number, line in enumerate(lines)], refused.append)
    assert dict(Album.objects.values_list("title", "query")) == {
        album.title: f"creator={there.pk}&tag=sea",
        "an id": "creator=0",
        "no one": "creator=0&q=fog",
        "no creator": "tag=a%26b",
        "a number": "5",
    }
    assert [text.partition(":")[0] for text in refused] == ["5"]
