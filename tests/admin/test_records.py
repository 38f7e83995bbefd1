"""The lists of albums, keys, sessions, follows and the like: who sees them, and what they never show."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from albums.models import Album, AlbumItem
from culling.models import BulkTask
from exports.models import Export
from notices.models import Kind, Notice
from people.models import Follow
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.html import texts
from tests.statements import statements_run
from users.levels import Level
from users.models import ApiToken, PendingEmail, User, UserSession

DIGEST, SESSION_KEY, SHARE_TOKEN = "digest-of-a-key", "session-key-of-a-browser", "token-of-a-shared-link-0000-wxyz"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def album() -> Album:
    """Return an album of a new owner."""
    return Album.objects.create(owner=UserFactory(), title="Fog")


def token() -> ApiToken:
    """Return a key of a new user."""
    owner: User = UserFactory()
    expires_at = timezone.now() + timedelta(days=1)
    return ApiToken.objects.create(user=owner, name="script", digest=f"{DIGEST}-{owner.pk}", expires_at=expires_at)


def session() -> UserSession:
    """Return a session of a new user."""
    owner: User = UserFactory()
    return UserSession.objects.create(user=owner, session_key=f"{SESSION_KEY}-{owner.pk}", device=AGENT)


def notice() -> Notice:
    """Return a notice of a new follower."""
    return Notice.objects.create(user=UserFactory(), actor=UserFactory(), kind=Kind.FOLLOW)


# By changelist: what puts one row into it.
LISTS: dict[str, Callable[[], Model]] = {
    "albums/album": album,
    "albums/albumitem": lambda: AlbumItem.objects.create(album=album(), content=ContentItemFactory(), position=1),
    "users/apitoken": token,
    "users/usersession": session,
    "users/pendingemail": lambda: PendingEmail.objects.create(user=UserFactory(), email="new@example.org"),
    "people/follow": lambda: Follow.objects.create(user=UserFactory(), person=UserFactory()),
    "notices/notice": notice,
    "culling/bulktask": lambda: BulkTask.objects.create(user=UserFactory(), action="tag", total=1_000, query=""),
    "exports/export": lambda: Export.objects.create(user=UserFactory(), total=7),
}
# Without permissions that staff could be given.
SUPERUSERS_ONLY = ("users/apitoken", "users/usersession", "users/pendingemail")


@pytest.mark.parametrize("path", LISTS)
def test_a_list_takes_as_many_queries_with_twenty_rows_and_nothing_of_it_can_be_changed(
    desk: Client, path: str
) -> None:
    def read() -> int:
        with statements_run() as statements:
            assert desk.get(f"/admin/{path}/").status_code == 200
        return len(statements)

    row = LISTS[path]()
    read()
    one = read()
    for _ in range(19):
        LISTS[path]()
    rows = type(row).objects.count()  # the desk has a session of its own
    assert (read(), rows >= 20) == (one, True)
    assert len(desk.get(f"/admin/{path}/").context["cl"].result_list) == rows
    pages = {"add/": 403, f"{row.pk}/change/": 200, f"{row.pk}/delete/": 403, f"{row.pk}/history/": 200}
    assert {page: desk.get(f"/admin/{path}/{page}").status_code for page in pages} == pages
    for page in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert desk.post(f"/admin/{path}/{page}", {"name": "x", "post": "yes"}).status_code == 403
    assert type(row).objects.count() == rows
    for query in ("p=x", "o=99", "q=%00", "q=nobody", "q=item:x", "q=" + "9" * 50, f"q={row.pk}", "q=a@b"):
        assert desk.get(f"/admin/{path}/?{query}").status_code == 200, query


@pytest.mark.parametrize("path", LISTS)
def test_staff_needs_a_permission_and_secrets_need_a_superuser(client: Client, db: None, path: str) -> None:
    row = LISTS[path]()
    clerk = UserFactory(is_staff=True)
    client.force_login(clerk)
    pages = (f"/admin/{path}/", f"/admin/{path}/{row.pk}/change/")
    assert [client.get(page).status_code for page in pages] == [403, 403]
    app, name = path.split("/")
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label=app, content_type__model=name))
    code = 403 if path in SUPERUSERS_ONLY else 200
    assert [client.get(page).status_code for page in pages] == [code, code]


def test_no_page_shows_a_key_a_digest_or_a_shared_link(desk: Client) -> None:
    shared = album()
    Album.objects.filter(pk=shared.pk).update(share_token=SHARE_TOKEN)
    rows = {"users/apitoken": token(), "users/usersession": session(), "albums/album": shared}
    for path, row in rows.items():
        for page in ("", f"{row.pk}/change/", f"{row.pk}/history/"):
            html = desk.get(f"/admin/{path}/{page}").content.decode()
            assert not [secret for secret in (DIGEST, SESSION_KEY, SHARE_TOKEN[:-4]) if secret in html], page
    assert "…wxyz" in desk.get("/admin/albums/album/").content.decode()
    assert "Firefox" in desk.get("/admin/users/usersession/").content.decode()


def test_rows_are_found_by_the_account_they_belong_to_and_works_by_their_album(desk: Client) -> None:
    for path in LISTS:
        wanted = LISTS[path]()
        LISTS[path]()
        if path == "albums/albumitem":
            query, term = f"album__id__exact={wanted.album_id}", f"item:{wanted.content_id}"
        else:
            owner = wanted.owner if path == "albums/album" else wanted.user
            query = f"{'owner' if path == 'albums/album' else 'user'}__id__exact={owner.pk}"
            term = owner.username
        for address in (f"/admin/{path}/?{query}", f"/admin/{path}/?q={term}"):
            assert list(desk.get(address).context["cl"].result_list) == [wanted], address


def test_items_of_an_album_say_who_sees_them_at_each_level(desk: Client, alice: User) -> None:
    own, seen = Album.objects.create(owner=alice, title="Fog"), {}
    for level, is_private, creator in product(Level, (False, True), (alice, None)):
        work = ContentItemFactory(level=level, is_private=is_private, creator=creator)
        row = AlbumItem.objects.create(album=own, content=work, position=1)
        who = "Everyone" if not is_private else "The album’s owner" if creator else "Staff"
        seen[row.pk] = f"{who} · {level.label}"
        assert seen[row.pk] in desk.get(f"/admin/albums/albumitem/{row.pk}/change/").content.decode()
    shown = desk.get("/admin/albums/albumitem/")
    assert sorted(texts(shown, "td", class_="field-audience_name")) == sorted(seen.values())


def test_an_account_and_a_work_are_deleted_with_the_records_that_are_only_looked_at(desk: Client) -> None:
    for path, make in LISTS.items():
        row = make()
        if path == "albums/albumitem":
            address = f"/admin/content/contentitem/{row.content_id}/delete/"
        else:
            address = f"/admin/users/user/{(row.owner if path == 'albums/album' else row.user).pk}/delete/"
        assert "Yes, I’m sure" in desk.get(address).content.decode(), path
        assert desk.post(address, {"post": "yes"}).status_code == 302, path
