"""Contents go with their last work: file, thumbnails, metadata; none that anything still refers to."""

from threading import Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from content.models import ContentItem
from content.owners import delete_item
from media.models import GenerationData, Library, LibraryFile, MediaFile, MetadataBlocks
from tests.content.test_uploading import take
from tests.uploads.files import GENERATED, files_below, picture
from uploads.leftovers import sweep
from uploads.models import LeftContent
from users.accounts import delete_account
from users.models import User

pytestmark = pytest.mark.usefixtures("own_folders")
COMFY = (GENERATED / "10_comfy.png").read_bytes()


def test_the_last_work_takes_all_of_its_content_along(alice: User, settings: Settings) -> None:
    delete_item(take(COMFY, "x.png", alice))
    assert sweep() == 1
    for model in (MediaFile, GenerationData, MetadataBlocks, LeftContent):
        assert not model.objects.exists()
    assert files_below(settings.MEDIA_ROOT) == files_below(settings.THUMBNAILS_DIR) == []
    assert take(COMFY, "x.png", alice).is_new


def test_another_work_keeps_it(alice: User, bob: User, settings: Settings) -> None:
    first, his = take(COMFY, "x.png", alice), take(COMFY, "x.png", bob)
    delete_item(first)
    assert (sweep(), len(files_below(settings.MEDIA_ROOT))) == (0, 1)
    delete_item(his)
    assert (sweep(), len(files_below(settings.MEDIA_ROOT))) == (1, 0)


def test_a_place_in_a_library_keeps_what_it_refers_to(alice: User) -> None:
    item = take(picture(), "x.png", alice)
    library = Library.objects.create(name="a", folder="/a")
    place = LibraryFile.objects.create(
        library=library, path="x.png", size=1, mtime_ns=1, media_file=item.media_file, seen_at=timezone.now()
    )
    delete_item(item)
    assert (sweep(), MediaFile.objects.count()) == (0, 1)
    place.delete()
    assert (sweep(), MediaFile.objects.count()) == (1, 0)


def test_an_account_that_is_deleted_in_batches_takes_private_files_along(alice: User, settings: Settings) -> None:
    take(picture(), "x.png", alice, is_private=True)
    public = take(picture(1), "y.png", alice)
    delete_account(alice)
    assert sweep() == 1
    assert [path.name for path in files_below(settings.MEDIA_ROOT)] == [public.media_file.stored_as.split("/")[-1]]


@pytest.mark.django_db(transaction=True)
def test_a_content_that_comes_again_while_it_goes_is_whole(alice: User, bob: User, settings: Settings) -> None:
    delete_item(take(COMFY, "x.png", alice))
    items: list[ContentItem] = []

    def come() -> None:
        try:
            items.append(take(COMFY, "x.png", bob))
        finally:
            connection.close()

    with transaction.atomic():
        assert sweep() == 1
        thread = Thread(target=come)
        thread.start()
        thread.join(3)
        assert items == []
    thread.join(300)
    assert (MediaFile.objects.count(), GenerationData.objects.count(), len(files_below(settings.MEDIA_ROOT))) == (
        1,
        1,
        1,
    )
    assert items[0].is_pictured
    assert sweep() == 0
