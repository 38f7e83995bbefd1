"""A change of some fields, beside one of others at the same moment: neither is lost, and nothing comes back."""

from collections.abc import Callable

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from albums.models import Album, AlbumItem
from albums.sharing import delete_album, end_sharing, share
from content.models import ContentItem
from content.trash import move_to_trash
from tests.factories import AlbumFactory, ContentItemFactory, UserFactory
from tests.races import outcome_behind
from users.models import User


@pytest.fixture
def owner(transactional_db: None) -> User:
    """The owner of all."""
    return UserFactory()


def patched(owner: User, address: str, fields: dict[str, object]) -> Callable[[], HttpResponse]:
    """Return what changes a row by the API."""
    client = APIClient()
    client.force_login(owner)
    return lambda: client.patch(address, fields, format="json")


def posted(owner: User, address: str, fields: dict[str, object]) -> Callable[[], HttpResponse]:
    """Return what sends a form."""
    client = Client()
    client.force_login(owner)
    return lambda: client.post(address, fields)


def test_a_work_that_is_moved_to_the_trash_while_it_is_changed_stays_there(owner: User) -> None:
    work = ContentItemFactory(creator=owner, title="Old")
    change = patched(owner, f"/api/v1/content/{work.pk}/", {"title": "New"})
    outcome_behind(lambda: move_to_trash(ContentItem.objects.all()), change)
    work.refresh_from_db()
    assert (work.title, work.is_private, work.trashed_at is None) == ("New", True, False)


def test_what_others_change_while_staff_save_a_form_stays(owner: User) -> None:
    work = ContentItemFactory(creator=owner)
    sent = {"title": "New", "content_type": "image", "seed": "1", "tags": "", "metadata": "{}", "is_private": "on"}
    save = posted(UserFactory(is_staff=True, is_superuser=True), f"/admin/content/contentitem/{work.pk}/change/", sent)
    answer = outcome_behind(lambda: move_to_trash(ContentItem.objects.all()), save)
    work.refresh_from_db()
    assert (answer.status_code, work.title, work.trashed_at is None) == (302, "New", False)


def test_a_link_that_is_ended_while_the_album_is_changed_stays_so(owner: User) -> None:
    album = AlbumFactory(owner=owner)
    changes = [
        patched(owner, f"/api/v1/albums/{album.pk}/", {"title": "New"}),
        posted(owner, f"/albums/{album.pk}/edit/", {"title": "Newer", "notes": ""}),
    ]
    for change in changes:
        share(album)
        assert outcome_behind(lambda: end_sharing(album), change).status_code in (200, 303)
        assert Album.objects.get().share_token is None
    assert Album.objects.get().title == "Newer"


def test_a_row_that_is_deleted_while_it_is_changed_does_not_come_back(owner: User) -> None:
    statuses = []
    for change in (
        lambda pk: patched(owner, f"/api/v1/albums/{pk}/", {"title": "New"}),
        lambda pk: posted(owner, f"/albums/{pk}/edit/", {"title": "New", "notes": ""}),
    ):
        album = AlbumFactory(owner=owner)
        statuses.append(outcome_behind(lambda album=album: delete_album(album), change(album.pk)).status_code)
    assert (statuses, Album.objects.count()) == ([404, 404], 0)


def test_a_work_or_an_album_that_goes_while_one_is_put_into_the_other(owner: User) -> None:
    said = []
    for gone in (Album, ContentItem):
        album, work = AlbumFactory(owner=owner), ContentItemFactory()
        add = posted(owner, f"/content/{work.pk}/albums/", {"album": album.pk, "on": "1"})
        answer = outcome_behind(lambda gone=gone: gone.objects.all().delete(), add)
        said.append((answer.status_code, [str(message) for message in get_messages(answer.wsgi_request)]))
    assert said == [(303, ["This album is gone."]), (303, ["A work of these is gone."])]
    assert not AlbumItem.objects.exists()
