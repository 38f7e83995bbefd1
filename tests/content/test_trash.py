"""The trash: works in it are hidden from all but staff, wherever works are listed, counted or referred to."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from catalog.totals import works_by, works_tagged
from content.arrivals import Arrival, take_in
from content.listings import ContentListing
from content.models import ContentItem
from content.owners import set_privacy
from content.similar import similar_to
from content.trash import delete_for_good, empty_trash, expire, move_to_trash, restore
from content.uploading import own_works
from content.worker_tasks import empty_trashes
from interactions.duplicates import review
from media.generation_data.blocks import Facts, Generation
from media.generation_data.reading import Reading
from media.models import LeftOut
from tests.content.test_uploading import take
from tests.factories import ContentItemFactory, InteractionFactory, MediaFileFactory, RecommendationFactory
from tests.media.files import library_at, placed
from tests.races import outcome_behind
from tests.uploads.files import picture
from users.models import User

ClientOf = Callable[[User | None], APIClient]


@pytest.fixture
def works(alice: User) -> list[ContentItem]:
    """A public and a private work of alice's, of one file, which bob likes and is recommended."""
    file = MediaFileFactory(perceptual_hash=7)
    return [
        ContentItemFactory(title="Fog", creator=alice, tags=["sea"], media_file=file, is_private=is_private)
        for is_private in (False, True)
    ]


def trash_of(owner: User) -> list[str]:
    """Return the titles in a trash."""
    return list(ContentItem.objects.in_trash_of(owner).values_list("title", flat=True))


def seen(client: APIClient | Client, item: ContentItem, viewer: User | None, bystander: ContentItem) -> dict[str, bool]:
    """Return in which places a viewer meets a work. `bystander` is a work like it."""
    asked = ContentItem.objects.for_details().get(pk=bystander.pk)
    listed = client.get("/api/v1/content/?creator=alice").json()
    return {
        "list": item.pk in [row["id"] for row in listed["items"]],
        "total": listed["pagination"]["total_count"] == 2,
        "plain list": any(row.pk == item.pk for row in ContentListing(viewer, QueryDict("q=fog")).page().items),
        "item": client.get(f"/api/v1/content/{item.pk}/").status_code == 200,
        "page": client.get(f"/content/{item.pk}/").status_code == 200,
        "similar": item.pk in [work.item.pk for section in similar_to(asked, viewer) for work in section.works],
        "thumbnail": client.get(f"/content/{item.pk}/thumbnails/256.webp").status_code == 200,
        "position": client.get(f"/api/v1/content/{item.pk}/position/").status_code == 200,
    }


@pytest.mark.parametrize("number", [0, 1])
def test_a_work_in_the_trash_is_met_nowhere_but_by_staff(
    client_of: ClientOf, works: list[ContentItem], bob: User, alice: User, staff: User, number: int
) -> None:
    item = works[number]
    bystander = ContentItemFactory(title="Other", creator=bob, media_file=item.media_file)
    before = seen(client_of(alice), item, alice, bystander)
    assert {name for name, is_seen in before.items() if not is_seen} <= {"thumbnail", "position"}
    assert move_to_trash(ContentItem.objects.filter(pk=item.pk)) == 1
    for viewer in (alice, bob):
        assert not any(seen(client_of(viewer), item, viewer, bystander).values())
    assert client_of(None).get(f"/content/{item.pk}/").status_code == 404
    met = seen(client_of(staff), item, staff, bystander)
    assert {name for name, is_seen in met.items() if not is_seen} <= {"thumbnail"}
    assert restore(ContentItem.objects.filter(pk=item.pk)) == 1
    assert seen(client_of(alice), item, alice, bystander) == before
    assert ContentItem.objects.get(pk=item.pk).is_private is bool(number)


def test_what_refers_to_a_work_in_the_trash_says_nothing_of_it(
    client_of: ClientOf, works: list[ContentItem], alice: User
) -> None:
    InteractionFactory(user=alice, content=works[0], kind="like")
    RecommendationFactory(user=alice, content=works[0])
    api = client_of(alice)
    addresses = ("/api/v1/interactions/?kind=like", "/api/v1/recommendations/")

    def told() -> list[object]:
        return [[row["content"] for row in api.get(address).json()["items"]] for address in addresses]

    assert told() == [[works[0].pk], [works[0].pk]]
    move_to_trash(ContentItem.objects.filter(pk=works[0].pk))
    assert told() == [[None], []]
    assert [api.get(f"/api/v1/interactions/?content={work.pk}").json()["items"] == [] for work in works] == [True, True]


def test_counts_follow(works: list[ContentItem], alice: User) -> None:
    assert (works_by(alice.pk), works_tagged("sea"), len(review(alice).groups)) == (1, 1, 1)
    move_to_trash(ContentItem.objects.filter(creator=alice))
    assert (works_by(alice.pk), works_tagged("sea"), review(alice).groups) == (0, 0, [])
    restore(ContentItem.objects.filter(creator=alice))
    assert (works_by(alice.pk), works_tagged("sea"), len(review(alice).groups)) == (1, 1, 1)


def test_moving_and_restoring_are_one_statement_each_and_done_twice_change_nothing(
    works: list[ContentItem], alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    own = ContentItem.objects.filter(creator=alice)
    with django_assert_num_queries(2):
        assert (move_to_trash(own), move_to_trash(own)) == (2, 0)
    assert trash_of(alice) == ["Fog", "Fog"]
    with django_assert_num_queries(2):
        assert (restore(own), restore(own)) == (2, 0)
    assert sorted(own.values_list("is_private", "was_private", "trashed_at")) == [
        (False, False, None),
        (True, False, None),
    ]


def test_a_work_in_the_trash_is_not_made_public(
    works: list[ContentItem], staff: User, client_of: ClientOf, violated: Callable[[Callable[[], object]], str]
) -> None:
    row = ContentItem.objects.filter(pk=works[0].pk)
    move_to_trash(row)
    assert violated(lambda: row.update(is_private=False)) == "content_trash_is_private"
    api = client_of(staff)
    answer = api.patch(f"/api/v1/content/{works[0].pk}/", {"is_private": False}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["is_private"])
    pages = Client()
    pages.force_login(staff)
    assert pages.post(f"/content/{works[0].pk}/privacy/", {"is_private": "0"}).status_code == 400
    form = {"title": "Fog", "tags": "", "prompt": "", "updated_at": row.get().updated_at.isoformat()}
    assert "in the trash" in pages.post(f"/content/{works[0].pk}/edit/", form).content.decode()
    assert row.get().is_private


def test_the_api_moves_an_owner_s_work_to_the_trash_and_deletes_for_staff(
    client_of: ClientOf, works: list[ContentItem], alice: User, bob: User, staff: User
) -> None:
    address = f"/api/v1/content/{works[0].pk}/"
    answers = [client_of(who).delete(address).status_code for who in (None, bob, alice, alice)]
    assert (answers, trash_of(alice)) == ([401, 403, 204, 404], ["Fog"])
    assert client_of(staff).delete(address).status_code == 204
    assert not ContentItem.objects.filter(pk=works[0].pk).exists()


@pytest.mark.usefixtures("own_folders")
def test_a_file_that_is_sent_again_brings_its_work_back(alice: User) -> None:
    item = take(picture(), "x.png", alice)
    move_to_trash(ContentItem.objects.filter(pk=item.pk))
    assert own_works(alice, [bytes(item.media_file.sha256)]) == {}
    again = take(picture(), "x.png", alice)
    assert (again.pk, again.is_new, again.is_private, again.trashed_at) == (item.pk, False, False, None)


def test_a_scan_brings_nothing_back_before_or_after_the_trash_is_emptied(alice: User, tmp_path: Path) -> None:
    library = library_at(tmp_path / "output", owner=alice)
    file = placed(b"x", library, "a.png")
    item = ContentItemFactory(creator=alice, media_file=file, library=library)
    work = ContentItem.objects.filter(pk=item.pk)
    move_to_trash(work)
    assert (list(expire(work)), empty_trash(lambda: False)) == ([item], 1)
    assert not work.exists()
    assert list(LeftOut.objects.values_list("library", "media_file")) == [(library.pk, file.pk)]
    assert (library.root / "a.png").read_bytes() == b"x"


def test_a_scan_leaves_a_work_in_the_trash(alice: User, tmp_path: Path) -> None:
    item = ContentItemFactory(creator=alice, media_file=MediaFileFactory())
    move_to_trash(ContentItem.objects.filter(pk=item.pk))
    library = library_at(tmp_path / "output", owner=alice)
    reading = Reading(Facts("png", "image/png"), (), Generation())
    sha256 = bytes(item.media_file.sha256)
    taken = take_in([Arrival(sha256, 1000, reading, "a.png", creator_id=alice.pk, library_id=library.pk)])
    assert [(one.item_id, one.is_new) for one in taken] == [(item.pk, False)]
    assert trash_of(alice) == [item.title]


def test_the_worker_empties_what_is_older_than_trash_days(alice: User, settings: Settings) -> None:
    old, young = ContentItemFactory.create_batch(2, creator=alice)
    move_to_trash(ContentItem.objects.filter(creator=alice))
    day = timedelta(days=1)
    for item, days in ((old, settings.TRASH_DAYS + 1), (young, settings.TRASH_DAYS - 1)):
        ContentItem.objects.filter(pk=item.pk).update(trashed_at=timezone.now() - days * day)
    empty_trashes(timestamp=0)
    assert list(ContentItem.objects.filter(creator=alice)) == [young]


def test_a_work_that_is_restored_while_the_trash_is_emptied_stays(transactional_db: None) -> None:
    work = ContentItemFactory()
    move_to_trash(ContentItem.objects.all())
    due = expire(ContentItem.objects.all())
    assert outcome_behind(lambda: restore(ContentItem.objects.all()), lambda: delete_for_good(work, due)) is False
    assert ContentItem.objects.get().trashed_at is None


def test_a_work_that_is_hidden_in_the_trash_stays_private(alice: User) -> None:
    work = ContentItemFactory(creator=alice)
    move_to_trash(ContentItem.objects.all())
    set_privacy(work, is_private=False)
    set_privacy(work, is_private=True)
    restore(ContentItem.objects.all())
    assert ContentItem.objects.get().is_private
