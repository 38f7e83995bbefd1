"""Accounts that are closed: their public works keep their files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from content.models import ContentItem
from libraries.worker_tasks import read_libraries
from media.files import open_original
from media.models import Library, LibraryFile
from tests.factories import UserFactory
from users.accounts import delete_account
from users.models import User

Command = Callable[..., tuple[int, str]]
Sample = Callable[..., Path]
pytestmark = pytest.mark.django_db(transaction=True)


def close(account: User) -> None:
    """Close an account; it has so little that all goes at once."""
    delete_account(account)
    assert not User.objects.filter(pk=account.pk).exists()


@pytest.mark.parametrize("is_private", [False, True])
def test_public_works_keep_their_files_and_the_library_is_read_no_more(
    folder: Path, sample: Sample, command: Command, is_private: bool
) -> None:
    ada = UserFactory(username="ada")
    sample("01_a1111.png")
    sample("10_comfy.png")
    command("add", folder, "--owner", "ada", *(["--private"] if is_private else []))
    command("scan", "--no-pictures")
    public = ContentItem.objects.get(media_file__places__path="01_a1111.png")
    ContentItem.objects.update(is_private=True)
    ContentItem.objects.filter(pk=public.pk).update(is_private=False)

    close(ada)

    item = ContentItem.objects.get()
    assert (item.pk, item.creator) == (public.pk, None)
    with open_original(item.media_file).file as file:
        assert file.read() == (folder / "01_a1111.png").read_bytes()
    library = Library.objects.get()
    assert (library.owner, library.is_closed) == (None, True)
    sample("11_comfy_api_only.png")
    read_libraries()
    assert command("scan", "output") == (2, "output: its owner closed the account, so it is read no more.")
    assert ContentItem.objects.count() == 1
    assert "its owner closed the account" in command("status")[1]
    assert command("remove", "output", "--yes")[0] == 0
    assert not ContentItem.objects.exists()


def test_a_library_of_private_works_goes_with_its_account(folder: Path, sample: Sample, command: Command) -> None:
    ada = UserFactory(username="ada")
    sample("01_a1111.png")
    command("add", folder, "--owner", "ada", "--private")
    command("scan", "--no-pictures")
    close(ada)
    assert not Library.objects.exists()
    assert not LibraryFile.objects.exists()
    assert not ContentItem.objects.exists()
