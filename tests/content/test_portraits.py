"""The picture of a profile: a public picture of one's own, chosen on its page."""

import pytest
from django.test import Client

from content.models import ContentItem
from tests.factories import ContentItemFactory, MediaFileFactory
from tests.pages.html import elements
from users.models import User


def picture_of(client: Client, person: User) -> str:
    """Return the address of the picture in a person's profile."""
    [image] = [
        image for image in elements(client.get(f"/users/{person.username}/"), "img") if image.attributes["alt"] == ""
    ][:1]
    return image.attributes["src"]


@pytest.fixture
def work(alice: User) -> ContentItem:
    return ContentItemFactory(creator=alice, media_file=MediaFileFactory(), is_pictured=True, source_id=None)


def test_a_public_picture_of_ones_own_is_shown_until_it_is_private_or_given_up(
    client: Client, alice: User, work: ContentItem
) -> None:
    drawn = picture_of(client, alice)
    owner = Client()
    owner.force_login(alice)
    assert "Make it my picture" in owner.get(work.get_absolute_url()).content.decode()
    assert owner.post(f"/content/{work.pk}/portrait/").headers["Location"] == work.get_absolute_url()
    chosen = picture_of(client, alice)
    assert (chosen != drawn, chosen.startswith(f"/thumbnails/{work.media_file.hex}/")) == (True, True)
    ContentItem.objects.filter(pk=work.pk).update(is_private=True)
    assert picture_of(client, alice) == drawn
    ContentItem.objects.filter(pk=work.pk).update(is_private=False)
    assert owner.post("/accounts/me/picture/end/").status_code == 303
    assert (picture_of(client, alice), User.objects.get(pk=alice.pk).preferences) == (drawn, {})


@pytest.mark.parametrize(
    ("viewer", "changed", "status"),
    [
        (None, {}, 303),
        ("bob", {}, 403),
        ("bob", {"is_private": True}, 404),
        ("staff", {}, 403),
        ("alice", {"is_private": True}, 403),
        ("alice", {"is_pictured": False}, 403),
        ("alice", {"media_file": None}, 403),
    ],
)
def test_no_other_work_becomes_a_picture(
    client: Client,
    work: ContentItem,
    alice: User,
    bob: User,
    staff: User,
    viewer: str | None,
    changed: dict,
    status: int,
) -> None:
    ContentItem.objects.filter(pk=work.pk).update(**changed)
    people = {"alice": alice, "bob": bob, "staff": staff}
    if viewer is not None:
        client.force_login(people[viewer])
    assert client.post(f"/content/{work.pk}/portrait/").status_code == status
    assert not User.objects.exclude(preferences={}).exists()


def test_another_s_work_written_by_the_api_is_not_shown(client: Client, bob: User, work: ContentItem) -> None:
    drawn = picture_of(client, bob)
    for odd in (work.pk, "1", [work.pk], 2**70, True):
        User.objects.filter(pk=bob.pk).update(preferences={"picture": odd})
        assert picture_of(client, bob) == drawn
