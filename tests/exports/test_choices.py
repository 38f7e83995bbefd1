"""What is exported: the works of the gallery, of an album, or of a list of one's own, as its member sees them."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client

from albums.items import add_works
from albums.models import Album
from content.models import ContentItem
from exports.models import Export
from exports.worker_tasks import make_exports
from interactions.models import Kind
from tests.exports.test_round_trip import titles
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.pages.staged import own_folders
from users.models import User

__all__ = ["own_folders"]

pytestmark = pytest.mark.usefixtures("db", "own_folders")

PAGE = "/export/"


@pytest.fixture
def ada(client: Client) -> User:
    """Ada, signed in, who has a public and a private work; there are others of bob, and one that is his alone."""
    ada, bob = UserFactory(username="ada"), UserFactory(username="bob")
    client.force_login(ada)
    ContentItemFactory(creator=ada, title="Shown", tags=["sea"])
    ContentItemFactory(creator=ada, title="Hers alone", is_private=True)
    ContentItemFactory(creator=bob, title="His", tags=["sea"])
    ContentItemFactory(creator=bob, title="His other")
    ContentItemFactory(creator=bob, title="His alone", is_private=True, tags=["sea"])
    return ada


def album_of(owner: str, *works: str, **fields: object) -> Album:
    """Return an album by hand, of works by title; with staff's eyes, who may add any."""
    album = Album.objects.create(owner=User.objects.get(username=owner), title="Kept <i>", **fields)
    if works:
        staff = UserFactory(is_staff=True)
        add_works(album, staff, list(ContentItem.objects.filter(title__in=works).values_list("pk", flat=True)))
    return album


def exported(client: Client, query: str) -> set[str]:
    """Ask for an export and have it made; return the titles of its works."""
    assert client.post(f"{PAGE}?{query}").status_code == 303
    make_exports()
    export = Export.objects.get()
    found = []
    for part in export.parts.all():
        with default_storage.open(part.stored_as) as file, ZipFile(file) as archive:
            found += [json.loads(line)["title"] for line in archive.read("works.jsonl").splitlines()]
    assert (export.error, export.works) == ("", len(found))
    return set(found)


def test_an_album_is_exported_as_its_viewer_sees_it(client: Client, ada: User) -> None:
    album = album_of("bob", "Shown", "Hers alone", "His", "His alone", is_public=True)
    page = client.get(f"/albums/{album.pk}/").content.decode()
    assert f'href="{PAGE}?album={album.pk}"' in page
    asking = client.get(f"{PAGE}?album={album.pk}").content.decode()
    assert f'<a href="/albums/{album.pk}/">Kept &lt;i&gt;</a>: 2 works' in asking
    assert exported(client, f"album={album.pk}") == {"Shown", "His"}


def test_an_own_album_is_exported_with_own_private_works(client: Client, ada: User) -> None:
    album = album_of("ada", "Shown", "Hers alone", "His alone")
    assert exported(client, f"album={album.pk}") == {"Shown", "Hers alone"}


def test_a_smart_album_is_exported_as_what_it_finds(client: Client, ada: User) -> None:
    album = album_of("ada", query="tag=sea&sort=quality_score")
    assert f'href="{PAGE}?album={album.pk}"' in client.get(f"/albums/{album.pk}/").content.decode()
    assert exported(client, f"album={album.pk}") == {"Shown", "His"}


def test_of_an_album_that_a_member_does_not_see_nothing_is_exported(client: Client, ada: User) -> None:
    hidden = album_of("bob", "His", share_token="t" * 32)
    shared = client.get(f"/albums/shared/{hidden.share_token}/")
    assert (shared.status_code, f"?album={hidden.pk}" in shared.content.decode()) == (200, False)
    for query in (f"album={hidden.pk}", "album=x", f"album={2**70}", "album=", "list=x", "list=works&list=likes"):
        assert client.get(f"{PAGE}?{query}").status_code == 404, query
    public = album_of("bob", "His", is_public=True)
    assert client.post(f"{PAGE}?album={public.pk}").status_code == 303
    Album.objects.update(is_public=False)
    make_exports()
    export = Export.objects.get()
    assert (export.parts.count(), export.error) == (0, "The account or what it asked for is not there any more.")


@pytest.mark.parametrize(
    ("address", "query", "expected"),
    [
        ("/me/works/", "list=works", {"Shown", "Hers alone"}),
        ("/me/works/?visibility=private", "list=works&amp;visibility=private", {"Hers alone"}),
        ("/me/likes/", "list=likes", {"His"}),
        ("/me/bookmarks/", "list=bookmarks", {"His other"}),
    ],
)
def test_lists_of_ones_own_are_exported(
    client: Client, ada: User, address: str, query: str, expected: set[str]
) -> None:
    for title, kind in (("His", Kind.LIKE), ("His alone", Kind.LIKE), ("His other", Kind.BOOKMARK)):
        InteractionFactory(user=ada, content=ContentItem.objects.get(title=title), kind=kind)
    InteractionFactory(user=UserFactory(), content=ContentItem.objects.get(title="Shown"), kind=Kind.LIKE)
    assert f'href="{PAGE}?{query}"' in client.get(address).content.decode()
    asked = query.replace("&amp;", "&")
    assert f"{len(expected)} work" in client.get(f"{PAGE}?{asked}").content.decode()
    assert exported(client, asked) == expected


def test_the_command_exports_albums(ada: User, tmp_path: Path) -> None:
    album, smart = album_of("bob", "His", "His alone"), album_of("bob", query="tag=sea")
    seen = {}
    for name, options in {
        "all": {"album": album.pk},
        "smart": {"album": smart.pk, "username": "bob"},
        "tagged": {"query": "tag=sea"},
    }.items():
        call_command("export", tmp_path / name, verbosity=0, **options)
        seen[name] = set(titles(tmp_path / name))
    tagged = {"Shown", "His", "His alone"}
    assert seen == {"all": {"His", "His alone"}, "smart": tagged, "tagged": tagged}
    for options in ({"album": album.pk, "username": "ada"}, {"album": 10**9}, {"query": "list=likes"}):
        with pytest.raises(CommandError, match="There is no such") as refused:
            call_command("export", tmp_path / "none", verbosity=0, **options)
        assert refused.value.returncode == 2
