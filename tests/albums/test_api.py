"""The albums endpoints: who reads and changes what, and the works of an album."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from albums.items import add_works
from albums.models import Album, AlbumItem
from content.models import ContentItem
from tests.api.forms import Form, forms_of
from tests.factories import AlbumFactory, ContentItemFactory
from users.models import User

CLIENTS = ("anonymous", "other", "owner", "staff")
# What each of them is answered, of a private album and of a public one.
MATRIX = {
    "GET {album}": ((404, 404, 200, 200), (200, 200, 200, 200)),
    "PATCH {album}": ((401, 404, 200, 200), (401, 403, 200, 200)),
    "GET {album}items/": ((404, 404, 200, 200), (200, 200, 200, 200)),
    "POST {album}items/": ((401, 404, 200, 200), (401, 403, 200, 200)),
    "GET {album}items/{work}/": ((404, 404, 200, 200), (200, 200, 200, 200)),
    "PATCH {album}items/{work}/": ((401, 404, 200, 200), (401, 403, 200, 200)),
    "GET {album}items/{work}/position/": ((404, 404, 200, 200), (200, 200, 200, 200)),
    "GET {album}items/histogram/": ((404, 404, 404, 404), (404, 404, 404, 404)),
    "DELETE {album}items/{work}/": ((401, 404, 204, 204), (401, 403, 204, 204)),
    "DELETE {album}": ((401, 404, 204, 204), (401, 403, 204, 204)),
}
BODIES = {"PATCH {album}": {"title": "B"}, "PATCH {album}items/{work}/": {"note": "n"}}


@pytest.mark.parametrize("is_public", [False, True], ids=["private", "public"])
@pytest.mark.parametrize("action", MATRIX)
def test_who_may_do_what(
    client_of: Callable[[User | None], APIClient], alice: User, bob: User, staff: User, action: str, is_public: bool
) -> None:
    work, other = ContentItemFactory.create_batch(2)
    method, path = action.split()
    answers = []
    for viewer in (None, bob, alice, staff):
        album = AlbumFactory(owner=alice, is_public=is_public)
        add_works(album, alice, [work.pk])
        url = path.format(album=f"/api/v1/albums/{album.pk}/", work=work.pk)
        body = BODIES.get(action, {"contents": [other.pk]}) if method in ("PATCH", "POST") else None
        answers.append(getattr(client_of(viewer), method.lower())(url, body))
    assert dict(zip(CLIENTS, (answer.status_code for answer in answers), strict=True)) == dict(
        zip(CLIENTS, MATRIX[action][is_public], strict=True)
    )


def test_the_browsable_api_shows_forms_to_owner_and_staff_alone(
    client_of: Callable[[User | None], APIClient], album: Album, alice: User, bob: User, staff: User
) -> None:
    work = ContentItemFactory()
    add_works(album, alice, [work.pk])
    shown = []
    for viewer in (None, bob, alice, staff):
        for rest in ("", f"{work.pk}/"):
            answer = client_of(viewer).get(f"/api/v1/albums/{album.pk}/items/{rest}", headers={"Accept": "text/html"})
            forms = forms_of(answer.content.decode())
            methods = {value or "POST" for form in forms for _, value in form.buttons}
            shown.append((answer.status_code, methods - {"OPTIONS"}))
    expected = [(200, {"POST"}), (200, {"PATCH", "DELETE"})]
    assert shown == [(200, set())] * 4 + expected * 2


def test_a_note_that_a_browser_sends_is_kept_and_its_page_shown(api: APIClient, album: Album, alice: User) -> None:
    work = ContentItemFactory()
    add_works(album, alice, [work.pk])
    api.force_login(alice)
    url = f"/api/v1/albums/{album.pk}/items/{work.pk}/"
    assert api.patch(url, {"note": "dusk"}, headers={"Accept": "text/html"}).status_code == 200
    assert AlbumItem.objects.get().note == "dusk"


def test_the_forms_of_an_album_add_and_change_what_they_show(
    client_of: Callable[[User | None], APIClient], album: Album, alice: User
) -> None:
    url, client = f"/api/v1/albums/{album.pk}/items/", client_of(alice)
    fields, raw = ContentItemFactory.create_batch(2), ContentItemFactory()
    adding, adding_raw = shown_forms(client, url)
    adding.fill(contents="\r\n".join(str(work.pk) for work in fields))
    adding_raw.values["_content"] = json.dumps({"contents": [raw.pk]})
    assert [form.post(client, form.buttons[0]).status_code for form in (adding, adding_raw)] == [200, 200]
    expected = [work.pk for work in (*fields, raw)]
    assert listed(client, album)[0] == expected
    [changing, _] = shown_forms(client, f"{url}{fields[0].pk}/")
    assert json.loads(changing.values["_content"]) == {"note": ""}
    assert changing.post(client, changing.buttons[0]).status_code == 200
    assert listed(client, album)[0] == expected
    adding.fill(contents="x")
    refused = adding.post(client, adding.buttons[0])
    assert (refused.status_code, forms_of(refused.content.decode())[1].values["contents"]) == (400, "x")


def shown_forms(client: APIClient, url: str) -> list[Form]:
    """Return the forms of a page that write something."""
    forms = forms_of(client.get(url, headers={"Accept": "text/html"}).content.decode())
    return [form for form in forms if form.attributes.get("data-method") != "OPTIONS"]


@pytest.fixture
def album(alice: User) -> Album:
    """A public album of alice's."""
    return AlbumFactory(owner=alice, is_public=True)


def listed(client: APIClient, album: Album, query: str = "") -> tuple[list[int], int]:
    """Return the works of a page and the total."""
    answer: dict[str, Any] = client.get(f"/api/v1/albums/{album.pk}/items/{query}").json()
    return [item["content"] for item in answer["items"]], answer["pagination"]["total_count"]


def test_works_are_added_moved_annotated_and_taken_out(api: APIClient, alice: User, album: Album) -> None:
    api.force_login(alice)
    one, two, three = (work.pk for work in ContentItemFactory.create_batch(3))
    url = f"/api/v1/albums/{album.pk}/items/"
    assert api.post(url, {"contents": [one, two]}).json() == {"added": 2, "present": 0}
    assert api.post(url, {"contents": [two, three]}).json() == {"added": 1, "present": 1}
    moved = api.patch(f"{url}{three}/", {"before": one, "note": "first"}).json()
    assert (moved["content"], moved["note"]) == (three, "first")
    assert listed(api, album) == ([three, one, two], 3)
    assert listed(api, album, "?page_size=2&page=2") == ([two], 3)
    assert api.get(f"{url}{two}/position/?page_size=2").json() == {
        "id": two,
        "position": 3,
        "page": 2,
        "total_count": 3,
        "url": f"http://testserver{url}?page_size=2&page=2",
    }
    assert api.patch(f"{url}{three}/", {"before": None}).status_code == 200
    assert api.delete(f"{url}{one}/").status_code == 204
    assert listed(api, album) == ([two, three], 2)


def test_a_change_that_is_refused_changes_nothing(api: APIClient, alice: User, album: Album) -> None:
    api.force_login(alice)
    one, two, elsewhere = (work.pk for work in ContentItemFactory.create_batch(3))
    add_works(album, alice, [one, two])
    before = list(AlbumItem.objects.values()), Album.objects.values().get()
    answer = api.patch(f"/api/v1/albums/{album.pk}/items/{two}/", {"note": "first", "before": elsewhere})
    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        {"detail": [f"Work {elsewhere} is not in this album."]},
    )
    assert (list(AlbumItem.objects.values()), Album.objects.values().get()) == before


def test_each_viewer_lists_and_counts_what_they_see(
    client_of: Callable[[User | None], APIClient], alice: User, bob: User, staff: User, album: Album
) -> None:
    public, own = ContentItemFactory().pk, ContentItemFactory(creator=alice, is_private=True).pk
    other = ContentItemFactory(creator=bob).pk
    add_works(album, alice, [own, other, public])
    ContentItem.objects.filter(pk=other).update(is_private=True)
    answers = [listed(client_of(viewer), album) for viewer in (None, bob, alice, staff)]
    assert answers == [([public], 1), ([public], 1), ([own, public], 2), ([own, other, public], 3)]
    client = client_of(bob)
    assert [client.get(f"/api/v1/albums/{album.pk}/items/{pk}/").status_code for pk in (own, public)] == [404, 200]


def test_what_cannot_be_added_is_named_and_nothing_is(api: APIClient, alice: User, bob: User, album: Album) -> None:
    api.force_login(alice)
    seen, hidden = ContentItemFactory().pk, ContentItemFactory(creator=bob, is_private=True).pk
    url = f"/api/v1/albums/{album.pk}/items/"
    answer = api.post(url, {"contents": [seen, hidden]})
    assert (answer.status_code, answer.json()["errors"]) == (400, {"contents": [f"No such works: {hidden}."]})
    assert listed(api, album) == ([], 0)
    assert [api.post(url, body).status_code for body in ({}, {"contents": []}, {"contents": ["1"]})] == [400] * 3
    assert api.patch(f"{url}{seen}/", {"before": None}).status_code == 404


def test_a_smart_album_keeps_a_checked_search_and_has_no_items(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    sent = {"title": "Fog", "query": "?page=3&q=fog&tag=sea&tag=night&sort=quality_score&view=scroll"}
    album = api.post("/api/v1/albums/", sent).json()
    assert album["query"] == "q=fog&sort=quality_score&tag=sea&tag=night"
    url = f"/api/v1/albums/{album['id']}/"
    assert api.get(f"{url}items/").status_code == 404
    assert api.patch(url, {"query": ""}).status_code == 400
    assert api.patch(url, {"query": "tag=sea"}).json()["query"] == "tag=sea"


def test_a_cover_is_a_work_that_its_owner_sees_and_is_shown_to_no_one_else(
    client_of: Callable[[User | None], APIClient], alice: User, bob: User, album: Album
) -> None:
    own = ContentItemFactory(creator=alice, is_private=True).pk
    others = ContentItemFactory(creator=bob, is_private=True).pk
    url, client = f"/api/v1/albums/{album.pk}/", client_of(alice)
    assert client.patch(url, {"cover": others}).status_code == 400
    assert client.patch(url, {"cover": own}).json()["cover"] == own
    assert [client_of(viewer).get(url).json()["cover"] for viewer in (None, bob, alice)] == [None, None, own]


def test_a_work_that_is_taken_out_is_the_cover_no_longer(
    client_of: Callable[[User | None], APIClient], alice: User, album: Album
) -> None:
    work = ContentItemFactory(creator=alice).pk
    url, client = f"/api/v1/albums/{album.pk}/", client_of(alice)
    client.post(f"{url}items/", {"contents": [work]})
    client.patch(url, {"cover": work})
    assert client_of(None).get(url).json()["cover"] == work
    client.delete(f"{url}items/{work}/")
    assert [client_of(viewer).get(url).json()["cover"] for viewer in (None, alice)] == [None, None]
